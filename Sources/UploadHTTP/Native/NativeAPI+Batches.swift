import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadDerivation
import UploadTransfer

/// Several files or uploads in one request. Each has a result of its own.
extension NativeAPI {
    /// Small files that are stored at the same time, which makes their transactions one.
    private var concurrencyMax: Int { 64 }

    /// `POST /v1/blobs/batch`.
    func putBlobs(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsule(named: request.query("capsule"), of: request)
        let derivation = try RecipeChoice(derive: request.query("derive"))
        let type = request.fields[.contentType] ?? ""
        guard MultipartParser.isForm(type) else { throw RequestFailure.formRequired }
        try await uploads.requireUploading(to: capsule, by: request.principal)
        let parts = try MultipartReader(request.request.body, contentType: type)
        let results = try await withThrowingTaskGroup(of: (Int, BatchResultsDocument.Result).self) { group in
            var items: [BatchItemDocument] = []
            var results: [Int: BatchResultsDocument.Result] = [:]
            var (count, running) = (0, 0)
            while let part = try await parts.next() {
                guard part.fileName != nil || part.name != "items" else {
                    items = try await self.items(parts, request, isFirst: count == 0)
                    continue
                }
                let number = count
                count += 1
                try Limits.require(UInt64(count), atMost: UInt64(uploads.limits.batchMax), .batch)
                let item = number < items.count ? items[number] : BatchItemDocument()
                let read: ReadUpload
                let upload: BeginRequest
                do {
                    upload = try self.upload(part, item, capsule, derivation)
                    read = try await transfer.readWhole(
                        parts.bytes, upload, accessCheck: .inTransaction, by: request.principal)
                } catch let error as UploadError {
                    results[number] = BatchResultsDocument.Result(Problem(error))
                    continue
                }
                if running >= concurrencyMax, let (number, result) = try await group.next() {
                    results[number] = result
                    running -= 1
                }
                running += 1
                group.addTask { [transfer, caller = request.principal] in
                    (
                        number,
                        await result { () throws(UploadError) in
                            switch read {
                            case .small(let bytes): try await transfer.storeSmall(bytes, upload, by: caller)
                            case .stored(let began): began
                            }
                        }
                    )
                }
            }
            for try await (number, result) in group { results[number] = result }
            return (0..<count).compactMap { results[$0] }
        }
        return try .json(BatchResultsDocument(results: results))
    }

    private func items(
        _ parts: MultipartReader<RequestBody>, _ request: AuthenticatedRequest,
        isFirst: Bool
    ) async throws -> [BatchItemDocument] {
        guard isFirst else { throw UploadError(.invalidArgument("items", "must come before the files")) }
        let bytes = try await parts.collect(atMost: request.limits.memoryDocumentBytesMax)
        return try request.read(BatchItemsDocument.self, bytes).items
    }

    private func upload(
        _ part: MultipartHeader, _ item: BatchItemDocument, _ capsule: CapsuleId, _ derivation: RecipeChoice
    ) throws(UploadError) -> BeginRequest {
        let type = try MediaType(item.type ?? part.contentType ?? MediaType.octetStream.text).text
        return BeginRequest(
            capsule: capsule,
            asset: AssetMetadata(
                name: item.name ?? part.fileName ?? "", contentType: type, modifiedAt: item.modifiedAt?.timestamp),
            expectedDigest: try item.digest(),
            idempotencyKey: item.idempotencyKey.map { IdempotencyKey(bytes: Array($0.utf8)) }, derivation: derivation)
    }

    /// `POST /v1/uploads/finish`.
    func finishUploads(_ request: AuthenticatedRequest) async throws -> Response {
        let items = try await request.largeDocument(BatchFinishDocument.self).uploads
        try Limits.require(UInt64(items.count), atMost: UInt64(uploads.limits.batchMax), .batch)
        let results = await withTaskGroup(of: (Int, BatchResultsDocument.Result).self) { group in
            var results: [Int: BatchResultsDocument.Result] = [:]
            for (number, item) in items.enumerated() {
                if number >= concurrencyMax, let (number, result) = await group.next() { results[number] = result }
                group.addTask { [transfer, caller = request.principal] in
                    (
                        number,
                        await result { () throws(UploadError) in
                            guard let id = SessionId(text: item.id) else { throw UploadError(.notFound(.upload)) }
                            let digest = try FinishDocument(sha256: item.sha256).digest()
                            let record = try await transfer.commit(id, digest: digest, length: item.length, by: caller)
                            return .replayed(record)
                        }
                    )
                }
            }
            for await (number, result) in group { results[number] = result }
            return items.indices.compactMap { results[$0] }
        }
        return try .json(BatchResultsDocument(results: results))
    }
}

private func result(
    _ body: () async throws(UploadError) -> Began
) async -> BatchResultsDocument.Result {
    do throws(UploadError) {
        let began = try await body()
        guard let document = FinishedDocument(began.record) else {
            throw UploadError(.storeCorrupt(detail: "\(began.record.id.text) is finished, but not committed"))
        }
        return BatchResultsDocument.Result(status: began.isNew ? 201 : 200, blob: document)
    } catch {
        return BatchResultsDocument.Result(Problem(error))
    }
}
