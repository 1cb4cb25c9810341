extension BridgeConfiguration {
    /// Reads and checks a file. All problems are found at once, in the order of the file.
    ///
    /// - Parameter environment: the variables that secrets may come from.
    /// - Returns: no configuration exactly when one of the findings is an error.
    package static func load(
        file: String,
        environment: [String: String]
    ) -> (configuration: BridgeConfiguration?, diagnostics: [Diagnostic]) {
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let reading = Reading(file: file, environment: environment, baseFolder: folder.isEmpty ? "/" : folder)
        do {
            return parse(try BoundedFile(path: file, byteMaximum: YAMLText.byteMaximum).bytes, reading)
        } catch {
            reading.error(.wholeFile, error.description)
            return (nil, reading.sorted)
        }
    }

    /// The same for a text that was read already.
    ///
    /// - Parameters:
    ///   - file: what findings call it.
    ///   - baseFolder: where relative paths begin.
    package static func parse(
        text: String,
        file: String,
        environment: [String: String],
        baseFolder: String
    ) -> (configuration: BridgeConfiguration?, diagnostics: [Diagnostic]) {
        parse(bytes: Array(text.utf8), file: file, environment: environment, baseFolder: baseFolder)
    }

    package static func parse(
        bytes: [UInt8],
        file: String,
        environment: [String: String],
        baseFolder: String
    ) -> (configuration: BridgeConfiguration?, diagnostics: [Diagnostic]) {
        parse(bytes, Reading(file: file, environment: environment, baseFolder: baseFolder))
    }

    private static func parse(
        _ bytes: [UInt8],
        _ reading: Reading
    ) -> (configuration: BridgeConfiguration?, diagnostics: [Diagnostic]) {
        guard let root = YAMLTreeReader.read(bytes, reading) else { return (nil, reading.sorted) }
        let configuration = RootReader(reading).read(root)
        return (reading.hasErrors ? nil : configuration, reading.sorted)
    }
}
