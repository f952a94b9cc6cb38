import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import UploadModel

/// The upload of a file by “Resumable Uploads for HTTP”, resumable by another process.
///
/// The first request has the whole file (“optimistic” creation): a server without the protocol stores it as any other. Once the
/// server has told the upload's address, by an interim response before it has read anything, a broken connection costs only
/// what was under way: `HEAD` tells the durable offset, and the rest is appended.
struct ResumableUpload: Sendable {
    let client: UploadClient
    let file: LocalFile
    let options: PutOptions
    let target: ResumableTarget
    let states: ResumeStates
    let meter: ProgressMeter
    let onEvent: @Sendable (PutEvent) async -> Void

    /// Uploads to begin before giving up on a server that loses them.
    private static let beginningsMax = 3

    /// An upload whose address is known.
    struct Located: Sendable {
        let path: String
        let version: InteropVersion
    }

    enum Outcome: Sendable {
        /// With the final response, nil if it is lost, and the upload, nil if its address was never told.
        case complete(ServerReply?, Located?)
        /// The server no longer has the upload.
        case lost(ClientError)
    }

    var size: UInt64 { file.identity.size }

    /// - Throws: As `UploadClient.put`.
    func run() async throws -> FinishedDocument {
        let digest = try await file.digest(of: 0..<size)
        var replaced: ResumeState?
        for _ in 1..<Self.beginningsMax {
            switch try await attempt(digest, &replaced) {
            case .success(let document): return document
            case .failure(let error): await onEvent(.startedOver(reason: error.message))
            }
        }
        return try await attempt(digest, &replaced).get()
    }

    /// - Parameter replaced: The state of the previous attempt, which is lost; then that of this one.
    private func attempt(
        _ digest: Digest, _ replaced: inout ResumeState?
    ) async throws -> Result<FinishedDocument, ClientError> {
        let state = try await resumeState(digest, replacing: replaced)
        replaced = state
        let outcome: Outcome
        if let upload = state.resumable?.upload {
            outcome = try await proceed(upload)
        } else {
            switch try await create(state, digest) {
            case .complete(let reply, let upload): outcome = .complete(reply, upload)
            case .located(let upload, let offset, let limit):
                outcome = try await proceed(upload, from: offset, limit)
            }
        }
        switch outcome {
        case .lost(let error): return .failure(error)
        case .complete(let reply, let upload):
            try await file.requireUnchanged()
            let document = try document(reply, of: upload, digest)
            await states.forget(state)
            return .success(document)
        }
    }

    private func resumeState(_ digest: Digest, replacing lost: ResumeState?) async throws -> ResumeState {
        let wanted = ResumeState(
            server: client.server.base, path: file.key, identity: file.identity, idempotencyKey: client.newKey(),
            request: NewUploadDocument(
                capsule: options.capsule, name: file.name(options), type: options.type, length: size, chunkSize: nil,
                derive: options.derive, companions: options.companionDocuments),
            resumable: ResumeState.Resumable(path: target.path, sha256: digest.hex))
        return try await states.current(wanted, replacing: lost) { changed in
            guard let upload = changed.resumable?.upload else { return }
            try? await client.done(
                TransportRequest(.delete, upload.path, fields: InteropVersion.fields(of: upload.version)))
        }
    }

    /// The document of the final response. That of another server has what this client knows.
    private func document(
        _ reply: ServerReply?, of upload: Located?, _ digest: Digest
    ) throws -> FinishedDocument {
        if target.isWharf {
            guard let document = (reply.flatMap { try? NativeJSON.decode(FinishedDocument.self, from: $0.body) }) else {
                throw ClientError.badAnswer("has no document of the blob")
            }
            guard document.size == size, document.sha256 == digest.hex else {
                throw ClientError.badAnswer("is about other bytes than those of the file")
            }
            return document
        }
        let location = upload?.path ?? reply?.fields[.location] ?? ""
        return FinishedDocument(
            upload: location, blob: reply?.fields[.contentLocation] ?? location, size: size, sha256: digest.hex,
            name: file.name(options), type: options.type ?? "", createdAt: WireTime(client.timer.now()))
    }
}

extension ResumeState.Resumable {
    var upload: ResumableUpload.Located? {
        guard let location, let version = version.flatMap({ InteropVersion(number: $0) }) else { return nil }
        return ResumableUpload.Located(path: location, version: version)
    }
}

extension InteropVersion {
    /// For requests without a state: status and cancellation.
    static func fields(of version: InteropVersion) -> HTTPFields {
        [ResumableField.interopVersion: String(version.number)]
    }
}
