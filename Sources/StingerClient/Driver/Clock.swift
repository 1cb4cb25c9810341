#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum Clock {
    /// Seconds since 1970.
    static var unixSeconds: Int { time(nil) }
}
