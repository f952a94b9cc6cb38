import Logging
import UploadCore

/// Receives each request that has ended. Called on any thread; must return at once.
public typealias AccessLog = @Sendable (AccessEntry) -> Void

/// Logs the changes of a request that are always logged, once they are durable, with who made them.
struct Audit: Sendable {
    let logger: Logger
    let id: RequestID
    let caller: Caller

    func log(_ change: AuditedChange) {
        let common: Logger.Metadata = ["principal": "\(caller.principal.name)", "request_id": "\(id)"]
        logger.notice(change.message, metadata: common.merging(change.metadata) { $1 })
    }
}
