import Testing

@testable import SessionCore

/// Seeded random sequences of calls on a ledger of one growing offset, compared with a few plain variables.
@Suite struct RandomAppendTests {
    @Test("random calls on an append do what a few variables do", arguments: UInt64(0)..<100)
    func againstVariables(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var length = random.oneIn(2) ? nil : UInt64.random(in: 0...500, using: &random)
        var offset: UInt64 = 0
        var writer: WriteToken?
        var tokens: [WriteToken] = []
        var session = Session.append(length: length)
        for step in 0..<200 {
            let place = Comment(rawValue: "seed \(seed), step \(step)")
            switch UInt64.random(in: 0..<10, using: &random) {
            case 0...2:
                let wanted = random.oneIn(4) ? UInt64.random(in: 0...500, using: &random) : offset
                let refusal = wanted == offset ? nil : SessionError.offsetMismatch(expected: offset, actual: wanted)
                let result = outcome(&session) { session throws(SessionError) in try session.claimAppend(at: wanted) }
                guard let (claim, superseded) = try agreed(result, refusal, place) else { continue }
                #expect(claim.range == offset..<(length ?? UInt64(Int64.max)), place)
                #expect(superseded == writer, place)
                #expect(!tokens.contains(claim.token), place)
                writer = claim.token
                tokens.append(claim.token)
            case 3...6:
                guard let token = random.oneIn(3) ? tokens.randomElement(using: &random) : writer else { continue }
                let through = offset + UInt64.random(in: 0...20, using: &random) - min(offset, 3)
                let refusal: SessionError? =
                    if token != writer {
                        .superseded
                    } else if let length, through > length {
                        .exceedsLength(length: length, wanted: through)
                    } else {
                        nil
                    }
                let result = outcome(&session) { session throws(SessionError) in
                    try session.confirmAppend(token, through: through)
                }
                if try agreed(result, refusal, place) != nil { offset = max(offset, through) }
            case 7:
                guard let token = tokens.randomElement(using: &random) else { continue }
                session.release(token)
                if token == writer { writer = nil }
            case 8:
                let declared = UInt64.random(in: 0...500, using: &random)
                let known = length ?? offset
                let agrees = length == nil ? declared >= offset : declared == known
                let result = outcome(&session) { session throws(SessionError) in try session.declareLength(declared) }
                let refusal = agrees ? nil : SessionError.lengthConflict(known: known, declared: declared)
                if try agreed(result, refusal, place) != nil { length = declared }
            default:
                guard random.oneIn(4) else { continue }
                let missing = length.map { $0 - offset } ?? 0
                let result = outcome(&session) { session throws(SessionError) in try session.prepareFinish() }
                let refusal = missing == 0 ? nil : SessionError.incomplete(missing: missing)
                if try agreed(result, refusal, place) != nil { length = offset }
            }
            #expect(session.offset == offset, place)
            #expect(session.spec.expectedBytes == length, place)
            #expect(session.writers.map(\.token) == [writer].compactMap(\.self), place)
            #expect(session.isComplete == (length == offset), place)
            #expect(session.receivedBytes <= length ?? .max, place)
        }
    }

    private func outcome<Value>(
        _ session: inout Session, _ call: (inout Session) throws(SessionError) -> Value
    ) -> Result<Value, SessionError> {
        do throws(SessionError) {
            return .success(try call(&session))
        } catch {
            return .failure(error)
        }
    }

    /// The value of a call that was not to be refused, nil for one that was and is; all else fails at the caller's
    /// line.
    private func agreed<Value>(
        _ result: Result<Value, SessionError>, _ refusal: SessionError?, _ place: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Value? {
        switch result {
        case .success(let value):
            try #require(refusal == nil, place, sourceLocation: sourceLocation)
            return value
        case .failure(let error):
            try #require(error == refusal, place, sourceLocation: sourceLocation)
            return nil
        }
    }
}
