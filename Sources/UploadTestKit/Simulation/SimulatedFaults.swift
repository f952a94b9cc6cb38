public import DurableFiles

/// The failure probabilities of calls to a `SimulatedFileSystem`, and the error codes.
public struct SimulatedFaults: Sendable {
    public var probabilities: [SimulatedCall: Double]
    /// Each fault draws one of these. `noSpace` becomes `io` for calls that need no space.
    public var codes: [FileError.Code]

    public init(_ probabilities: [SimulatedCall: Double], codes: [FileError.Code] = [.io, .noSpace]) {
        self.probabilities = probabilities
        self.codes = codes
    }

    public static let none = SimulatedFaults([:])

    /// The same probability for every call that can fail.
    public static func everywhere(_ probability: Double, codes: [FileError.Code] = [.io, .noSpace]) -> SimulatedFaults {
        let calls = SimulatedCall.allCases.filter { $0 != .close }
        return SimulatedFaults(Dictionary(uniqueKeysWithValues: calls.map { ($0, probability) }), codes: codes)
    }

    func draw(_ call: SimulatedCall, _ random: inout SeededRandom) -> FileError.Code? {
        guard let probability = probabilities[call], probability > 0, random.chance(probability) else { return nil }
        let code = random.element(of: codes) ?? .io
        return code == .noSpace && !call.needsRoom ? .io : code
    }
}

/// A failure that a test has injected.
struct SimulatedInjection: Sendable {
    let call: SimulatedCall
    let code: FileError.Code
    let pathPrefix: String
    let pathSuffix: String
    var skips: Int

    func matches(_ call: SimulatedCall, _ path: String) -> Bool {
        self.call == call && path.hasPrefix(pathPrefix) && path.hasSuffix(pathSuffix)
    }
}

/// The outcome of a call: success, or failure with all, a part or none of its effect.
struct SimulatedVerdict: Sendable {
    enum Effect: Sendable {
        case whole, part, none
    }

    var failure: FileError?
    var effect = Effect.whole

    func settle() throws(FileError) {
        if let failure { throw failure }
    }
}

/// A kind of call to a `SimulatedFileSystem`.
public enum SimulatedCall: String, CaseIterable, Hashable, Sendable {
    case open, close, size, read, write, truncate, syncData
    case openDirect, writeDirect
    case makeDirectory, syncDirectory, list, remove, rename, link, lock
    case freeBytes, allocate, isAt, syncFileSystems

    /// Whether the call needs space and so can fail with `noSpace`; the others fail with `io` in its place.
    var needsRoom: Bool {
        switch self {
        case .open, .write, .writeDirect, .truncate, .syncData, .makeDirectory, .syncDirectory, .rename, .link, .lock,
            .allocate, .syncFileSystems:
            true
        case .close, .size, .read, .openDirect, .list, .remove, .freeBytes, .isAt: false
        }
    }

    /// Whether a failed call may have had a part of its effect, instead of all or none.
    var canTakePartialEffect: Bool {
        switch self {
        case .write, .writeDirect, .syncData, .syncDirectory, .allocate, .syncFileSystems: true
        default: false
        }
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

    /// Marks the logged call in progress as failed. Calls refused before they were logged leave no trace.
    mutating func fail(_ code: FileError.Code) {
        if let newest { records[newest].failure = code }
        newest = nil
    }

    mutating func succeed() {
        newest = nil
    }
}
