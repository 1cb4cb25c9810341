/// Makes random times in a range the longest that they can be.
struct HighestGenerator: RandomNumberGenerator {
    mutating func next() -> UInt64 { .max }
}
