/// Why a server could not be started, for whoever started it.
struct ServeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the process ends with.
    let status: CommandStatus
    let description: String

    init(_ status: CommandStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
