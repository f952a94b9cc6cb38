import HTTPTypes
import ResumableWire
import Synchronization
import UploadModel

/// The creation of an upload.
extension ResumableUpload {
    enum Created: Sendable {
        case complete(ServerReply, Located?)
        /// With the limits of the server. The offset is nil if it has to be asked for.
        case located(Located, offset: UInt64?, UploadLimit?)
    }

    /// Sends the whole file with the creation, or nothing but the creation: where a request may not have as many bytes, and after
    /// a break without an interim response, which a proxy may have dropped.
    func create(_ state: ResumeState, _ digest: Digest) async throws -> Created {
        let limit = try await creationLimit()
        var isWhole = size <= requestBytesMax(limit)
        var ladder = client.confirmedVersion.ladder
        var firstRefusal: ClientError?
        var loop = RetryLoop(client)
        defer { loop.end() }
        while true {
            let version = ladder.version
            let (reply, found) = try await sendCreation(version, isWhole: isWhole, state, digest)
            if found != nil { client.confirmedVersion.confirm(version) }
            switch reply {
            case .failure(let broken):
                if let found { return .located(found, offset: nil, limit) }
                if limit != nil { isWhole = false }
                try await loop.pause(after: RetryPolicy.Failure(broken), ClientError(broken, server: client.server))
            case .success(let reply):
                loop.answered()
                switch reply.meaning(of: .creation(isWhole: isWhole), version) {
                case .complete: return .complete(reply, found)
                case .continues(let offset):
                    let upload = try found ?? located(reply, version)
                    client.confirmedVersion.confirm(version)
                    try await save(upload, in: state)
                    return .located(upload, offset: offset, limit)
                case .contentRefused: throw ClientError.contentChanged(file.path)
                case .lost, .outOfStep, .failed:
                    let (failure, error) = reply.failure(now: client.timer.now())
                    if isWhole, reply.status == .contentTooLarge, reply.isOfProxy || limit?.maxAppendSize != nil {
                        try await shrink(from: size, limit)
                        isWhole = false
                    } else if reply.isOfProxy, VersionLadder.isRefusal(reply.status, hasInterim: found != nil) {
                        guard ladder.descend() else { throw firstRefusal ?? error }
                        firstRefusal = firstRefusal ?? error
                    } else {
                        if failure.isTemporary, let found { return .located(found, offset: nil, limit) }
                        try await loop.pause(after: failure, error)
                    }
                }
            }
        }
    }

    /// What the server says of its limits, if it says that it has the protocol at all; nil otherwise.
    private func creationLimit() async throws -> UploadLimit? {
        let path = String(target.creationPath(of: file, options).prefix { $0 != "?" })
        let request = TransportRequest(.options, path, fields: InteropVersion.fields(of: .latest))
        guard case .success(let reply) = try await client.exchange(request), reply.status.kind == .successful else {
            return nil
        }
        return reply.fields[ResumableField.uploadLimit].flatMap { UploadLimit($0) }
    }

    private func sendCreation(
        _ version: InteropVersion, isWhole: Bool, _ state: ResumeState, _ digest: Digest
    ) async throws -> (Result<ServerReply, TransportError>, Located?) {
        let creation = ResumableCreation(version: version, isComplete: isWhole, length: size)
        var request = target.creation(creation, of: file, options, digest: digest, key: state.idempotencyKey)
        let path = request.path
        let found = Mutex<Located?>(nil)
        request.onInterim = { fields in
            guard let interim = ResumableInterim(fields, requested: version) else { return }
            if let offset = interim.offset { meter.acknowledge(upTo: offset, of: 0) }
            guard let location = interim.location, found.withLock({ $0 == nil }),
                let path = client.server.path(of: location, at: path)
            else { return }
            let upload = Located(path: path, version: version)
            found.withLock { $0 = upload }
            // Without the state a crash costs the bytes, not the upload: the key finds it again.
            try? await save(upload, in: state)
        }
        meter.begin(upload: nil, done: 0, total: size)
        if isWhole { request.body = body(from: 0, to: size) }
        return (try await client.exchange(request), found.withLock { $0 })
    }

    /// The upload of a response that has no content yet.
    private func located(_ reply: ServerReply, _ version: InteropVersion) throws -> Located {
        let isResumable =
            ResumableState(reply.fields, version) != nil || reply.fields[ResumableField.uploadLimit] != nil
        guard isResumable else { throw ClientError.badAnswer("shows that it has no resumable uploads") }
        let creationPath = target.creationPath(of: file, options)
        guard let location = reply.fields[.location],
            let path = client.server.path(of: location, at: creationPath)
        else { throw ClientError.badAnswer("has no address of an upload on this server") }
        return Located(path: path, version: version)
    }

    private func save(_ upload: Located, in state: ResumeState) async throws {
        var state = state
        state.resumable?.location = upload.path
        state.resumable?.version = upload.version.number
        try await states.save(state)
    }
}
