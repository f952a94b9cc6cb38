import DurableFiles
import HTTPWire
import NativeWire
import UploadModel

/// The upload of a file, resumable by another process.
struct FileUpload: Sendable {
    let client: UploadClient
    let file: LocalFile
    let options: PutOptions
    let states: ResumeStates
    let meter: ProgressMeter
    let onEvent: @Sendable (PutEvent) async -> Void

    /// Uploads to begin before giving up on a server that loses them.
    private static let beginningsMax = 3
    /// Queries for missing chunks; each answer lists at most 1,000 gaps.
    private static let roundsMax = 2000
    /// Chunks are not made smaller than this for the sake of a proxy.
    static let shrunkChunkSizeMin: UInt64 = 64 << 10

    private enum Outcome: Sendable {
        case finished(FinishedDocument)
        /// The server no longer has the upload.
        case lost(ClientError)
        /// A proxy refuses chunks of this size.
        case refused(chunkSize: UInt64)
    }

    func run() async throws -> FinishedDocument {
        var replaced: ResumeState?
        var beginning = 0
        var chunkSize = options.chunkSize
        while true {
            beginning += 1
            let state = try await resumeState(
                replacing: replaced, chunkSize: client.passableChunks.clamped(chunkSize))
            switch try await run(state) {
            case .finished(let document):
                await states.forget(state)
                return document
            case .lost(let error):
                guard beginning < Self.beginningsMax else { throw error }
                await onEvent(.startedOver(reason: error.message))
                replaced = state
            case .refused(let size):
                guard size > Self.shrunkChunkSizeMin else { throw ClientError.refusedChunk(of: size) }
                let smaller = max(size / 2, Self.shrunkChunkSizeMin)
                client.passableChunks.lower(to: smaller)
                chunkSize = smaller
                await onEvent(.shrunkChunks(to: smaller))
                // What it has cannot be continued with other chunks. If the abort fails, it expires.
                if let upload = meter.upload { try? await client.abort(upload) }
                beginning -= 1
                replaced = state
            }
        }
    }

    private func resumeState(replacing lost: ResumeState?, chunkSize: UInt64?) async throws -> ResumeState {
        let wanted = ResumeState(
            server: client.server.base, path: file.key, identity: file.identity, idempotencyKey: client.newKey(),
            request: NewUploadDocument(
                capsule: options.capsule, name: file.name(options), type: options.type, length: file.identity.size,
                chunkSize: chunkSize, derive: options.derive, companions: options.companionDocuments))
        return try await states.current(wanted, replacing: lost) { changed in
            if let upload = changed.upload { try? await client.abort(upload) }
        }
    }

    // MARK: - Uploading

    private func run(_ state: ResumeState) async throws -> Outcome {
        let upload: UploadDocument
        do {
            upload = try await openUpload(state)
        } catch let error as ClientError {
            let recovery = UploadRecovery(from: error, during: state.upload == nil ? .begin : .status)
            guard recovery == .restart else { throw error }
            return .lost(error)
        }
        guard upload.state != .aborted, upload.state != .expired else {
            return .lost(
                ClientError(
                    .init(rawValue: "gone"), "The upload \(upload.state == .expired ? "has expired" : "was aborted").",
                    advice: ""))
        }
        var plan = try plan(upload)
        meter.begin(upload: upload.id, done: plan.acknowledgedBytes, total: plan.length)

        // The whole file is hashed while its chunks are sent.
        async let whole = file.digest(of: 0..<file.identity.size)
        for _ in 0..<Self.roundsMax {
            if upload.state != .committed, let end = try await sendChunks(of: upload.id, &plan, state) { return end }
            let document = FinishDocument(sha256: try await whole.hex, length: file.identity.size)
            do {
                return .finished(try await client.finish(upload.id, document))
            } catch let error as ClientError {
                switch UploadRecovery(from: error, during: .finish) {
                case .sendMissing(let missing) where !missing.isEmpty: plan.refresh(missing: missing)
                case .refreshStatus:
                    plan.refresh(missing: UploadPlan.ranges(try await client.status(upload.id).missing) ?? [])
                case .restart: return .lost(error)
                case .contentChanged: throw await abandonChanged(state, upload.id)
                default: throw error
                }
            }
        }
        throw ClientError.badAnswer("keeps listing missing chunks")
    }

    /// The state of the upload on the server; begins it if necessary.
    private func openUpload(_ state: ResumeState) async throws -> UploadDocument {
        if let upload = state.upload { return try await client.status(upload) }
        let modified = options.keepsModificationTime ? WireTime(nanoseconds: state.identity.modifiedNanoseconds) : nil
        let document = try await client.begin(state.request, modifiedAt: modified, key: state.idempotencyKey)
        var begun = state
        begun.upload = document.id
        try await states.save(begun)
        return document
    }

    private func plan(_ upload: UploadDocument) throws -> UploadPlan {
        guard let chunkSize = upload.chunkSize, chunkSize > 0 else { throw ClientError.badAnswer("has no chunk size") }
        guard upload.length == file.identity.size else { throw ClientError.badAnswer("has another length") }
        guard let missing = UploadPlan.ranges(upload.missing) else { throw ClientError.badAnswer("has no ranges") }
        return UploadPlan(
            length: file.identity.size, chunkSize: chunkSize, missing: missing, acknowledgedBytes: upload.receivedBytes)
    }

    /// Sends the chunks of the plan, several at once. Returns an outcome only if the upload cannot go on.
    private func sendChunks(of upload: String, _ plan: inout UploadPlan, _ state: ResumeState) async throws -> Outcome?
    {
        var sending = plan
        defer { plan = sending }
        return try await withThrowingTaskGroup(of: (UInt64, ChunkSender.Outcome).self) { group in
            let sender = ChunkSender(client: client, upload: upload, meter: meter)
            for _ in 0..<max(1, options.parallel) {
                if let chunk = sending.next() { group.addTask { (chunk.index, try await send(chunk, sender)) } }
            }
            while let (index, outcome) = try await group.next() {
                switch outcome {
                case .acknowledged: sending.acknowledge(index)
                case .committed:
                    group.cancelAll()
                    return nil
                case .refused(let error, .restart):
                    group.cancelAll()
                    return .lost(error)
                case .refused(_, .shrinkChunks):
                    group.cancelAll()
                    return .refused(chunkSize: sending.chunkSize)
                case .refused(_, .contentChanged): throw await abandonChanged(state, upload)
                case .refused(let error, _): throw error
                }
                if let chunk = sending.next() { group.addTask { (chunk.index, try await send(chunk, sender)) } }
            }
            return nil
        }
    }

    private func send(_ chunk: UploadPlan.Chunk, _ sender: ChunkSender) async throws -> ChunkSender.Outcome {
        let digest = try await file.digest(of: chunk.range)
        return try await sender.send(chunk.index, length: chunk.length, digest: digest) {
            .stream(
                FileSlice(file: file, range: chunk.range) { meter.sent($0, of: chunk.index) }, length: chunk.length)
        } recheck: {
            try await file.requireUnchanged()
        }
    }

    /// Aborts an upload whose bytes differ from the file's, so that the next attempt starts over.
    private func abandonChanged(_ state: ResumeState, _ upload: String) async -> ClientError {
        await states.forget(state)
        try? await client.abort(upload)
        return .contentChanged(file.path)
    }
}
