/// A mosquitto.conf with bridges, said again as a configuration of ours.
///
/// No password is shown: each is left in a file to be made, and the command that makes it stands beside.
package struct MosquittoImport: Sendable {
    /// nil exactly when one of the findings is an error.
    package let yaml: String?
    /// What is wrong with the file, in its order.
    package let diagnostics: [Diagnostic]

    /// - Parameter file: what findings and comments call it.
    package init(text: String, file: String) {
        let reading = Reading(file: file, environment: [:], baseFolder: ".")
        let conf = MosquittoReader(text, reading)
        diagnostics = reading.sorted
        yaml = reading.hasErrors ? nil : MosquittoWriter(conf, file: file).text()
    }

    package static func load(file: String) -> MosquittoImport {
        do {
            let bytes = try BoundedFile(path: file, byteMaximum: YAMLText.byteMaximum).bytes
            return MosquittoImport(text: String(decoding: bytes, as: UTF8.self), file: file)
        } catch {
            return MosquittoImport(fault: Diagnostic(.error, file: file, .wholeFile, path: "", error.description))
        }
    }

    private init(fault: Diagnostic) {
        yaml = nil
        diagnostics = [fault]
    }
}
