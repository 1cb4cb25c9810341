import ArgumentParser
import Configuration
import Glibc

/// Says which rule carries or stops a message.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Says which rule carries messages of a channel from a hub, or of a topic from a broker, or what stops them."
    )

    @OptionGroup var config: ConfigurationOption

    @Option(help: ArgumentHelp("The hub or broker on which a program sends.", valueName: "name"))
    var from: String

    @Option(help: ArgumentHelp("The channel, by its name on that hub.", valueName: "name"))
    var channel: String?

    @Option(help: ArgumentHelp("An event or a subscription of the channel.", valueName: "name"))
    var event: String?

    @Option(help: ArgumentHelp("The topic, by its name on that broker.", valueName: "name"))
    var topic: String?

    func validate() throws {
        guard (channel == nil) != (topic == nil) else {
            throw ValidationError("expected --channel NAME (of a hub) or --topic NAME (of a broker)")
        }
        guard event == nil || channel != nil else { throw ValidationError("--event belongs to a --channel") }
    }

    func run() {
        let configuration = Console.loadOrExit(config.file)
        let subject =
            topic.map { Expectation.Subject.topic($0) } ?? .channel(channel ?? "", event: event)
        let lines = configuration.explain(from: from, subject)
        if configuration.hub(named: from) == nil { Console.fail(lines.joined(separator: "; "), EX_USAGE) }
        for line in lines { Console.say(line) }
    }
}
