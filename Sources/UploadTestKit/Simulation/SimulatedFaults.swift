public import DurableFiles

/// How often calls to a `SimulatedFileSystem` fail, and with what.
public struct SimulatedFaults: Sendable {
    public var probabilities: [SimulatedCall: Double]
    /// Drawn from at each fault. `noSpace` becomes `io` for calls that need no room.
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

/// One failure that a test asked for.
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

/// What becomes of a call: it works, or it fails with a part of its effect.
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
