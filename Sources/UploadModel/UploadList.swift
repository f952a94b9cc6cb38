public import SessionCore

/// An entry of a list of uploads.
public struct ListedUpload: Sendable {
    public let record: UploadRecord
    /// The derivation of a committed upload with a recipe; nil for all others.
    public let derivation: Derivation?

    public init(record: UploadRecord, derivation: Derivation?) {
        self.record = record
        self.derivation = derivation
    }

    public var id: SessionId { record.id }
}

/// The progress of a concatenation's parts.
public struct PartsStatus: Hashable, Sendable {
    /// The number of parts that are not committed yet; a part that occurs twice counts twice.
    public let pending: UInt64
    /// The total length of the parts; nil while any length is unknown.
    public let length: UInt64?

    public init(pending: UInt64, length: UInt64?) {
        self.pending = pending
        self.length = length
    }
}

/// Selects uploads; an empty filter selects all of them.
public struct UploadFilter: Hashable, Sendable {
    public enum State: Int, Hashable, Sendable {
        case pending = 0
        case committed = 1
        case aborted = 2
        case expired = 3
    }

    public var state: State?
    public var capsule: CapsuleId?
    public var caller: Principal?

    public init(state: State? = nil, capsule: CapsuleId? = nil, caller: Principal? = nil) {
        self.state = state
        self.capsule = capsule
        self.caller = caller
    }
}

extension UploadFilter.State {
    package init(_ status: SessionStatus) {
        switch status {
        case .pending: self = .pending
        case .committed: self = .committed
        case .aborted: self = .aborted
        case .expired: self = .expired
        }
    }
}
