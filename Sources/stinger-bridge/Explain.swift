import ArgumentParser
import Glibc

/// Says which rule carries or stops a message.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says which rule carries messages of a channel from a hub, or what stops them."
    )

    @OptionGroup var config: ConfigurationOption

    @Option(help: ArgumentHelp("The hub on which a program calls or broadcasts.", valueName: "hub"))
    var from: String

    @Option(help: ArgumentHelp("The channel, by its name on that hub.", valueName: "name"))
    var channel: String

    @Option(help: ArgumentHelp("An event or a subscription.", valueName: "name"))
    var event: String?

    func run() {
        let configuration = Console.loadOrExit(config.file)
        let lines = configuration.explain(from: from, channel: channel, event: event)
        if configuration.hub(named: from) == nil { Console.fail(lines.joined(separator: "; "), EX_USAGE) }
        for line in lines { Console.say(line) }
    }
}
