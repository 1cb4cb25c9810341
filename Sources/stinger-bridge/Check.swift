import ArgumentParser
import Configuration
import Glibc

/// Says what configurations would run, or what is wrong with them.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks configurations and prints what they would run; exit status 78 when one is wrong.",
        discussion: """
            With several --config FILE, which may be those of several machines, it also names the circles that topics could take over all of \
            them. A broker is the same in two files when it has the same `id` there, or, where that is not given, the same address.
            """
    )

    @Option(name: .customLong("config"), help: ArgumentHelp("A configuration; may be given again.", valueName: "file"))
    var files: [String]

    func run() {
        let loaded = files.map { Console.load($0) }
        for finding in loaded.flatMap(\.findings) { Console.warn(finding.text) }
        let configurations = loaded.compactMap(\.configuration)
        guard configurations.count == files.count else { Glibc.exit(EX_CONFIG) }
        for configuration in configurations {
            if files.count > 1 { Console.say("\(configuration.file):") }
            for line in configuration.summary() { Console.say(line) }
        }
        for loop in TopicLoops(configurations).loops {
            if loop.isEndless { Console.warn("warning: \(loop)") } else { Console.say("\(loop)") }
        }
    }
}
