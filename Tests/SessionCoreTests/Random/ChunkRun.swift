import Testing

@testable import SessionCore

/// One sequence: the session, the model, and every token ever given out.
struct ChunkRun {
    var random: SplitMix64
    var session: Session
    var model: ChunkModel
    var tokens: [WriteToken] = []
    var confirmed: Set<WriteToken> = []
    var contiguousBefore: UInt64 = 0
    var trace: [String] = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let size = UInt64.random(in: 1...10, using: &random)
        let length = random.oneIn(2) ? nil : UInt64.random(in: 0...80 * size, using: &random)
        session = .chunks(of: size, length: length)
        model = ChunkModel(size: size, length: length)
    }

    mutating func step() throws {
        switch UInt64.random(in: 0..<100, using: &random) {
        case 0..<40: try claim()
        case 40..<75: confirm()
        case 75..<85: release()
        case 85..<92: touch()
        case 92..<96: declareLength()
        case 96..<98: finish(commits: false)
        default: if random.oneIn(10) { finish(commits: true) } else { restart() }
        }
    }

    // MARK: - Calls

    private mutating func claim() throws {
        let end = model.chunkCount.map { $0 + 2 } ?? 80
        let index = UInt64.random(in: 0..<end, using: &random)
        let byteCount = random.oneIn(2) ? nil : size(at: index)
        let expected = model.refusalOfClaim(index, byteCount)
        let decision = outcome(of: "claim \(index)", expected) { session throws(SessionError) in
            try session.claimChunk(index, byteCount: byteCount)
        }
        guard let decision else { return }
        guard model.durable[index] == nil else {
            #expect(decision == .compare(model.range(index)), "\(trace)")
            return
        }
        let claim = try #require(decision.claim, "\(trace)")
        #expect(claim.index == index && claim.range == model.range(index), "\(trace)")
        #expect(decision.superseded == model.writers[index], "\(trace)")
        #expect(!tokens.contains(claim.token), "\(trace)")
        model.writers[index] = claim.token
        tokens.append(claim.token)
    }

    private mutating func confirm() {
        // Tokens that are void by now take part as well.
        guard let token = random.oneIn(4) ? tokens.randomElement(using: &random) : heldToken() else { return }
        let index = model.index(of: token)
        let byteCount = size(at: index ?? 0)
        let expected = model.refusalOfConfirm(token, byteCount)
        let checked: Void? = outcome(of: "check \(index, default: "void") with \(byteCount)", expected) {
            session throws(SessionError) in try session.checkChunk(token, byteCount: byteCount)
        }
        let done: Void? = outcome(of: "confirm", expected) { session throws(SessionError) in
            try session.confirmChunk(token, byteCount: byteCount)
        }
        #expect((checked == nil) == (done == nil), "\(trace)")
        guard let index else { return }
        if done != nil {
            if byteCount < model.size, model.length == nil { model.length = index * model.size + byteCount }
            model.durable[index] = byteCount
            #expect(confirmed.insert(token).inserted, "confirmed twice: \(trace)")
        }
        model.writers[index] = nil
    }

    private mutating func release() {
        guard let token = tokens.randomElement(using: &random) else { return }
        trace.append("release")
        session.release(token)
        if let index = model.index(of: token) { model.writers[index] = nil }
    }

    private mutating func touch() {
        let now = Int64.random(in: 0..<1000, using: &random)
        session.touch(at: Timestamp(milliseconds: now))
        model.lastSeen = max(model.lastSeen, now)
    }

    private mutating func declareLength() {
        let near = model.length ?? model.durableEnd
        let length = random.oneIn(3) ? near : UInt64.random(in: 0...near + 20 * model.size, using: &random)
        let done: Void? = outcome(of: "declare \(length)", model.refusalOfLength(length)) {
            session throws(SessionError) in
            try session.declareLength(length)
        }
        if done != nil { model.length = length }
    }

    private mutating func finish(commits: Bool) {
        let now = Timestamp(milliseconds: model.lastSeen)
        var expected = model.refusalOfFinish()
        if !commits, !model.status.isPending { expected = .ended(model.status) }
        let done: Void? = outcome(of: commits ? "commit" : "prepare", expected) { session throws(SessionError) in
            if commits { try session.commit(at: now) } else { try session.prepareFinish() }
        }
        guard done != nil, model.status.isPending else { return }
        if model.length == nil { model.length = model.durableEnd }
        if commits {
            model.status = .committed(at: now)
            model.writers = [:]
        }
    }

    /// What a crash leaves: everything that was confirmed, and no writers.
    private mutating func restart() {
        trace.append("restart")
        let pieces = PieceSet(words: session.pieces.words)
        session = Session(id: session.id, spec: session.spec, meta: session.meta, pieces: pieces)
        model.writers = [:]
        tokens = []
        confirmed = []
    }

    // MARK: -

    private mutating func heldToken() -> WriteToken? {
        model.writers.sorted { $0.key < $1.key }.randomElement(using: &random)?.value
    }

    /// Mostly the size that fits.
    private mutating func size(at index: UInt64) -> UInt64 {
        if random.oneIn(8) { return UInt64.random(in: 0...model.size + 1, using: &random) }
        return model.room(index) ?? model.size
    }

    /// Makes one call and compares how it was refused, if it was.
    private mutating func outcome<Value>(
        of name: String, _ expected: SessionError?, _ call: (inout Session) throws(SessionError) -> Value
    ) -> Value? {
        trace = trace.suffix(20) + [name]
        do throws(SessionError) {
            let value = try call(&session)
            #expect(expected == nil, "was not refused: \(trace)")
            return value
        } catch {
            #expect(error == expected, "\(trace)")
            return nil
        }
    }

    mutating func compare(_ place: Comment) {
        let comment = Comment(rawValue: "\(place): \(trace)")
        #expect(session.spec.expectedBytes == model.length, comment)
        #expect(session.receivedBytes == model.receivedBytes, comment)
        #expect(session.contiguousBytes == model.contiguousBytes, comment)
        #expect(session.durableEnd == model.durableEnd, comment)
        #expect(session.pieces == PieceSet(model.durable.keys), comment)
        #expect(session.isComplete == (model.length == model.receivedBytes), comment)
        #expect(session.meta.status == model.status, comment)
        #expect(session.meta.lastSeen == Timestamp(milliseconds: model.lastSeen), comment)
        let writers = Dictionary(uniqueKeysWithValues: session.writers.map { ($0.index, $0.token) })
        #expect(writers == model.writers, comment)
        #expect(session.receivedBytes <= session.spec.expectedBytes ?? .max, comment)
        #expect(session.contiguousBytes >= contiguousBefore, comment)
        #expect(session.writers.allSatisfy { !session.pieces.contains($0.index) }, comment)
        contiguousBefore = session.contiguousBytes
    }
}
