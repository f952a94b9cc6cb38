import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories

@Suite struct DerivationDocumentTests {
    private func derivation(_ state: Derivation.State, memory: MemoryId? = nil) -> Derivation {
        Derivation(
            upload: Records.id, capsule: Records.capsule, caller: Principal("ann"), recipe: .photo,
            asset: AssetMetadata(name: "a.jpg"), state: state, attempts: 2, dueAt: Records.lastSeen, reason: "busy",
            memory: memory)
    }

    @Test func `a pending derivation has its next attempt, and an ended one its memory`() {
        let pending = DerivationDocument(derivation(.pending))
        #expect(pending.recipe == "photo" && pending.state == .pending && pending.attempts == 2)
        #expect(pending.reason == "busy" && pending.nextAttemptAt?.timestamp == Records.lastSeen)
        let memory = MemoryId(Records.id)
        let done = DerivationDocument(derivation(.done, memory: memory))
        #expect(done.state == .done && done.memory == memory.text && done.nextAttemptAt == nil)
        #expect(DerivationDocument(derivation(.failed)).state == .failed)
    }

    @Test func `in a list it names its upload`() {
        let listed = ListedDerivationDocument(derivation(.pending))
        #expect(listed.upload == Records.id.text && listed.name == "a.jpg" && listed.attempts == 2)
        #expect(listed.state == .pending && listed.nextAttemptAt?.timestamp == Records.lastSeen)
    }

    @Test func `an upload with a recipe waits for its commit, and then shows its derivation`() {
        func document(_ status: SessionStatus, _ recipe: Recipe?, _ derivation: Derivation?) -> DerivationDocument? {
            var record = Records.upload(status: status)
            record.meta.recipe = recipe
            return UploadDocument(record, timeToLiveMilliseconds: 1, derivation: derivation).derivation
        }
        #expect(document(.pending, nil, nil) == nil)
        #expect(document(.pending, .photo, nil) == DerivationDocument(recipe: "photo", state: .waiting, attempts: 0))
        #expect(document(.aborted(at: Records.lastSeen), .photo, nil) == nil)
        #expect(document(.committed(at: Records.lastSeen), .photo, derivation(.done))?.state == .done)
    }

    @Test func `a derivation is a recipe, none, or the default of the capsule`() throws {
        #expect(try RecipeChoice(derive: nil) == .capsuleDefault)
        #expect(try RecipeChoice(derive: "none") == RecipeChoice.none)
        #expect(try RecipeChoice(derive: "photo") == .recipe(.photo))
        for name in ["", "Photo", "video"] {
            expectInvalid("derive") { _ = try RecipeChoice(derive: name) }
            expectInvalid("derive") { _ = try NewCapsuleDocument(derive: name).recipe() }
        }
        expectInvalid("derive") { _ = try NewCapsuleDocument(derive: "none").recipe() }
        let request = try NewUploadDocument(name: "a", derive: "photo").request(capsule: Records.capsule, key: nil)
        #expect(request.derivation == .recipe(.photo))
    }

    @Test func `companions are named in a document or a query, with the recipe of a memory`() throws {
        let (one, two) = ("00000000000070008000000000000001", "00000000000070008000000000000002")
        let documents = [CompanionDocument(kind: "video", blob: one), CompanionDocument(kind: "raw", blob: two)]
        let companions = try [
            Companion(kind: .video, blob: #require(BlobId(text: one))),
            Companion(kind: .raw, blob: #require(BlobId(text: two))),
        ]
        #expect(
            try RecipeChoice(derive: "photo", companions: documents) == .recipe(.photo, companions: companions))
        #expect(
            try RecipeChoice(derive: "photo", companionsText: "video:\(one),raw:\(two)")
                == .recipe(.photo, companions: companions))
        #expect(
            NativePath.blobs(name: "a", derive: "photo", companions: documents)
                .hasSuffix("derive=photo&companions=video%3A\(one)%2Craw%3A\(two)"))
        for derive in [nil, "none", "photo"] {
            let plain = try RecipeChoice(derive: derive)
            #expect(try RecipeChoice(derive: derive, companions: []) == plain)
            #expect(try RecipeChoice(derive: derive, companionsText: "") == plain)
            guard derive != "photo" else { continue }
            expectInvalid("companions") { _ = try RecipeChoice(derive: derive, companions: documents) }
        }
        for text in ["video", "video:", "film:\(one)", "video:\(one):2", ":\(one)"] {
            #expect(throws: UploadError.self, "\(text)") {
                try RecipeChoice(derive: "photo", companionsText: text)
            }
        }
        let request = try NewUploadDocument(name: "a", derive: "photo", companions: documents)
            .request(capsule: Records.capsule, key: nil)
        #expect(request.derivation == .recipe(.photo, companions: companions))
    }

    @Test func `a patch of a capsule changes the given members`() throws {
        func change(_ text: String) throws -> CapsuleChange {
            try NativeJSON.decode(CapsulePatchDocument.self, from: Array(text.utf8)).change()
        }
        #expect(try change("{}") == CapsuleChange())
        #expect(try change(#"{"derive":null}"#) == CapsuleChange(recipe: .some(nil)))
        #expect(try change(#"{"derive":"photo","title":null}"#) == CapsuleChange(title: "", recipe: .photo))
        expectInvalid("derive") { _ = try change(#"{"derive":"none"}"#) }
        expectInvalid("title") { _ = try change(#"{"title":1}"#) }
    }

    @Test func `a client that makes renditions says what they show, with the reason`() throws {
        func remark(
            _ state: MemoryDocument.State?, _ derivation: MemoryDocument.Extent?, _ reason: String?
        ) throws -> DerivationRemark? {
            try NewMemoryDocument(state: state, derivation: derivation, reason: reason).remark()
        }
        #expect(try remark(nil, nil, nil) == nil && remark(.complete, nil, "") == nil)
        #expect(try remark(.originalOnly, nil, "no picture") == .failed(reason: "no picture"))
        #expect(try remark(.complete, .partial, "cut") == .noted(DerivationNote(.partial, "cut")))
        #expect(try remark(nil, .preview, "raw") == .noted(DerivationNote(.preview, "raw")))
        #expect(try remark(nil, nil, "plain") == .noted(DerivationNote(.whole, "plain")))
        expectInvalid("reason") { _ = try remark(.originalOnly, nil, nil) }
        expectInvalid("reason") { _ = try remark(nil, .partial, "") }
        expectInvalid("derivation") { _ = try remark(.originalOnly, .partial, "cut") }
    }

    @Test func `a page of derivations is selected by state, order, cursor and limit`() throws {
        let parameters = ["state": "failed", "order": "newest", "cursor": Records.id.text, "limit": "7"]
        let query = try DerivationQuery { parameters[$0] }
        #expect(query.state == .failed && query.cursor == Records.id && query.limit == 7)
        #expect(query.order == .newestFirst)
        let standard = try DerivationQuery { _ in nil }
        #expect(standard.state == nil && standard.order == .oldestFirst)
        expectInvalid("order") { _ = try DerivationQuery { $0 == "order" ? "newest_taken" : nil } }
        for state in ["", "waiting", "Pending"] {
            expectInvalid("state") { _ = try DerivationQuery { $0 == "state" ? state : nil } }
        }
    }
}
