public import DurableFiles

/// A kind of call to a `SimulatedFileSystem`.
public enum SimulatedCall: String, CaseIterable, Hashable, Sendable {
    case open, close, size, read, write, truncate, syncData
    case makeDirectory, syncDirectory, list, remove, rename, lock

    /// A call that needs room can fail with `noSpace`; the others fail with `io` in its place.
    var needsRoom: Bool {
        switch self {
        case .open, .write, .truncate, .syncData, .makeDirectory, .syncDirectory, .rename, .lock: true
        case .close, .size, .read, .list, .remove: false
        }
    }

    /// Whether a failing call may leave a part of its effect, rather than all or nothing of it.
    var canTakePartialEffect: Bool {
        self == .write || self == .syncData || self == .syncDirectory
    }
}

/// One line of a simulated file system's log.
public struct SimulatedCallRecord: Hashable, Sendable, CustomStringConvertible {
    public let step: Int
    public let call: SimulatedCall
    public let path: String
    public let offset: UInt64?
    public let count: Int?
    /// Nil if the call succeeded.
    public internal(set) var failure: FileError.Code?

    public var description: String {
        var line = "\(step) \(call.rawValue) “\(path)”"
        if let offset { line += " at \(offset)" }
        if let count { line += " \(count) bytes" }
        return line + (failure.map { " → \($0.rawValue)" } ?? "")
    }
}

/// The last calls, the oldest overwritten first.
struct SimulatedLog: Sendable {
    private static let recordsMax = 200
    private var records: [SimulatedCallRecord] = []
    private var oldest = 0
    private var newest: Int?

    var inOrder: [SimulatedCallRecord] { Array(records[oldest...] + records[..<oldest]) }

    mutating func append(_ record: SimulatedCallRecord) {
        if records.count < Self.recordsMax {
            newest = records.count
            records.append(record)
        } else {
            newest = oldest
            records[oldest] = record
            oldest = (oldest + 1) % Self.recordsMax
        }
    }

    /// The call that was logged last, and has not ended yet, fails. Calls that were refused before they were logged
    /// leave no trace.
    mutating func fail(_ code: FileError.Code) {
        if let newest { records[newest].failure = code }
        newest = nil
    }

    mutating func succeed() {
        newest = nil
    }
}
