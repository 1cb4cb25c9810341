import ArgumentParser

/// Says what a configuration would run, or what is wrong with it.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a configuration and prints what it would run; exit status 78 when it is wrong."
    )

    @OptionGroup var config: ConfigurationOption

    func run() {
        for line in Console.loadOrExit(config.file).summary() { Console.say(line) }
    }
}
