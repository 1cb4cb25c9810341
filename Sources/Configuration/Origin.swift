/// Where a setting stands in its file, both counted from 1, columns in Unicode scalars.
///
/// No part of what the setting says: two origins are always equal, so a comment more above a bridge does not change that bridge.
package struct Origin: Equatable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The file as such: it could not be read at all.
    static let wholeFile = Origin(line: 0, column: 0)

    package static func == (_: Origin, _: Origin) -> Bool { true }

    func isBefore(_ other: Origin) -> Bool {
        (line, column) < (other.line, other.column)
    }
}
