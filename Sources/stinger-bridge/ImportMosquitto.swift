import ArgumentParser
import Configuration
import Glibc

/// Says the bridges of a mosquitto.conf in our words.
struct ImportMosquitto: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-mosquitto",
        abstract: "Prints the configuration that does what the bridges of a mosquitto.conf do.",
        discussion:
            "Each option without an equal is told in a comment, with its line and why. Passwords are not printed."
    )

    @Argument(help: ArgumentHelp("The mosquitto.conf.", valueName: "file"))
    var file: String

    func run() {
        let result = MosquittoImport.load(file: file)
        for diagnostic in result.diagnostics { Console.warn("\(diagnostic)") }
        guard let yaml = result.yaml else { Glibc.exit(EX_DATAERR) }
        Console.write(yaml)
    }
}
