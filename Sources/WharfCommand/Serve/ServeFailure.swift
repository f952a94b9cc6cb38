/// Why a server could not be started, for whoever started it.
struct ServeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the process ends with. The numbers are those of `sysexits.h`, where it has one.
    enum Status: Int32, Sendable {
        /// The store or the address could not be used.
        case failed = 1
        /// The settings make no sense.
        case usage = 64
        /// Another process has the store: once it has ended, the same command works.
        case storeInUse = 75
    }

    let status: Status
    let description: String

    init(_ status: Status, _ description: String) {
        self.status = status
        self.description = description
    }
}
