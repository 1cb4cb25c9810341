import NIOCore

/// The way from any task to the driver on its loop.
struct ClientHandle: Sendable {
    let loop: any EventLoop
    private let driver: NIOLoopBound<ClientDriver>

    init(_ driver: ClientDriver) {
        loop = driver.loop
        self.driver = NIOLoopBound(driver, eventLoop: driver.loop)
    }

    /// Enters the loop; does not wait.
    func execute(_ body: @escaping @Sendable (ClientDriver) -> Void) {
        loop.execute { body(driver.value) }
    }

    /// Enters the loop and waits for the end of what `body` begins, or until the task is cancelled.
    ///
    /// - Parameter body: calls its `Completion` at some time, on the loop.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (ClientDriver, Completion<Value>) -> Void
    ) async throws -> Value {
        let completion = Completion<Value>(loop: loop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.execute {
                    completion.begin(continuation)
                    if !completion.isFinished { body(driver.value, completion) }
                }
            }
        } onCancel: {
            loop.execute { completion.cancel() }
        }
    }
}
