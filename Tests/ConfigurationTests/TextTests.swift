import Testing

@testable import Configuration

/// Durations, sizes, words and distances.
@Suite struct TextTests {
    @Test(
        arguments: [
            ("10s", .seconds(10)), ("250ms", .milliseconds(250)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
            ("5", .seconds(5)), ("1.5s", .milliseconds(1_500)), ("0.25", .milliseconds(250)), ("0", .zero),
            ("0.000000001s", .nanoseconds(1)), ("1000000000", .seconds(1_000_000_000)), ("1000000000.1", nil),
            ("", nil),
            ("s", nil), ("10 s", nil), ("-1s", nil), ("+1s", nil), ("1.s", nil), (".5s", nil), ("1.2.3", nil),
            ("10d", nil),
            ("1m30s", nil), ("99999999999999999999h", nil), ("999999999999h", nil), ("١s", nil), ("1e3", nil),
        ] as [(String, Duration?)]
    )
    func duration(text: String, duration: Duration?) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(
        arguments: [
            (.seconds(7_200), "2h"), (.seconds(120), "2m"), (.seconds(90), "90s"), (.milliseconds(250), "250ms"),
            (.zero, "0s"), (.milliseconds(1_500), "1500ms"),
        ] as [(Duration, String)]
    )
    func durationInWords(duration: Duration, words: String) {
        #expect(DurationText.words(duration) == words)
        #expect(DurationText.parse(words) == duration)
    }

    @Test(
        arguments: [
            ("16MiB", 16 << 20), ("64KiB", 64 << 10), ("1GiB", 1 << 30), ("12", 12), ("12B", 12), ("", nil),
            ("MiB", nil),
            ("16MB", nil), ("16mib", nil), ("1.5MiB", nil), ("-1", nil), ("9223372036854775807GiB", nil),
            ("99999999999999999999", nil),
        ] as [(String, Int?)]
    )
    func size(text: String, bytes: Int?) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: [
        ("listen", "listen", 0), ("lisen", "listen", 1), ("litsen", "listen", 1), ("lesten", "listen", 1),
        ("listens", "listen", 1), ("", "abc", 3), ("abc", "", 3), ("ca", "abc", 3), ("kitten", "sitting", 3),
    ])
    func distance(one: String, other: String, distance: Int) {
        #expect(EditDistance.between(Array(one.unicodeScalars), Array(other.unicodeScalars)) == distance)
    }

    @Test(
        arguments: [
            ("lisetn", "listen"), ("LISTEN", "listen"), ("unix-mode", "unix_mode"), ("conect", "connect"),
            ("idd", "id"),
            ("xx", nil), ("certificate_file", nil), ("channelpasword", "channel_passwords"), ("", nil),
        ] as [(String, String?)]
    )
    func nearest(word: String, near: String?) {
        #expect(Words.nearest(to: word, among: Keys.HostedHub.names + Keys.RemoteHub.names) == near)
    }

    @Test func whatAFileHoldsIsShownHarmlessly() {
        #expect(Words.shown("a\u{1B}[2J\n\u{202E}b") == #"`a\u{1b}[2J\u{a}\u{202e}b`"#)
        #expect(Words.shown(String(repeating: "x", count: 500)).count == 203)
        #expect(Words.key("secret:hunter2") == "`secret…`")
        #expect(Words.shown("5s secret: hunter2") == "`5s secret…`")
    }
}
