import SessionCore
import UploadCore
import Wharf

/// The callers of a store full of pending uploads.
struct Population: Sendable {
    /// Pending uploads per client: the maximum under the default limits.
    static let perClient = 100

    let clients: [Client]
    /// A pending upload of the first client.
    let someUpload: SessionId
    private let ids = IdSource()

    init(of count: Int, in store: ComposedStore) async throws {
        var clients: [Client] = []
        for number in 0..<max(1, count / Self.perClient) {
            let caller = Principal("caller \(number)")
            clients.append(Client(caller: caller, capsule: CapsuleId(ids.next(at: SystemClock().now()))))
        }
        self.clients = clients
        let now = SystemClock().now()
        someUpload = ids.next(at: now)
        try await createCapsules(store.catalogue, at: now)
        try await add(count - 1, to: store, seen: now)
        try await begin(clients[0], someUpload, seen: now, store.catalogue)
    }

    /// Begins uploads last seen at `seen`, client by client.
    func add(_ count: Int, to store: ComposedStore, seen: Timestamp) async throws {
        let catalogue = store.catalogue
        try await Callers.call(512, items: count) { [self] number in
            let id = ids.next(at: SystemClock().now())
            try await begin(clients[number / Self.perClient], id, seen: seen, catalogue)
        }
    }

    private func createCapsules(_ catalogue: some Catalogue, at now: Timestamp) async throws {
        try await Callers.call(512, items: clients.count) { [clients] number in
            let (capsule, owner) = (clients[number].capsule, clients[number].caller)
            try await catalogue.createCapsule(
                Capsule(id: capsule, title: "", owner: owner, createdAt: now), capsulesMax: .max)
        }
    }

    private func begin(
        _ client: Client, _ id: SessionId, seen: Timestamp, _ catalogue: some Catalogue
    ) async throws {
        _ = try await catalogue.begin(draft(client, id: id, seen: seen)) { _ in }
    }

    func anyClient(ofFirst count: Int) -> Client {
        clients[Int.random(in: 0..<min(count, clients.count))]
    }

    static func anyKey() -> IdempotencyKey {
        IdempotencyKey(bytes: (0..<16).map { _ in UInt8.random(in: 0...255) })
    }

    /// The same draft as `UploadService.beginUpload` makes, except for the last-seen time.
    private func draft(_ client: Client, id: SessionId, seen: Timestamp) -> UploadDraft {
        let key = Self.anyKey()
        let request = client.request(length: 100 << 20, key: key)
        let meta = UploadSessionMeta(
            session: id, capsule: client.capsule, caller: client.caller, asset: request.asset,
            provisionalMemoryId: request.provisionalMemoryId, idempotencyKey: key, expectedDigest: nil,
            isPartial: false, storage: .file)
        let spec = SessionSpec(
            layout: .chunks(size: 8 << 20), expectedBytes: request.length,
            owner: SessionOwner(capsule: client.capsule, caller: client.caller), idempotencyKey: key)
        let session = Session(id: id, spec: spec, meta: SessionMeta(createdAt: seen, lastSeen: seen, status: .pending))
        return UploadDraft(
            record: UploadRecord(meta: meta, session: session, fingerprint: Digest(of: key.bytes)),
            activeMax: 10_000_000)
    }
}
