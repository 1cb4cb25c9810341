import Glibc

/// The process's limit of open files.
package enum OpenFiles {
    /// Raises the soft limit to the hard one: each client takes a descriptor, and the usual soft limit of 1,024 is soon reached.
    ///
    /// - Returns: the limit now in force.
    @discardableResult
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(min(limit.rlim_cur, 1 << 31))
    }
}
