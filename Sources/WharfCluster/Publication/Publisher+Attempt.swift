import BlobStorageS3
import CataloguePostgres
import SessionCore
import UploadCore

/// The steps of an attempt, in their order.
enum PublicationStep: Hashable, Sendable {
    case store
    case begin, record, part(Int), complete
    case verify, finish
}

extension Publisher {
    /// The bytes that are verified before the attempt is renewed.
    private static let verifiedBytes: UInt64 = 256 << 20

    /// Makes one attempt and records what became of it.
    func perform(_ publication: Publication, _ policy: PublicationPolicy) async throws(UploadError) {
        do throws(UploadError) {
            guard publication.attempts <= policy.attemptsMax else {
                return try await giveUp(publication, "each attempt was interrupted")
            }
            guard let blob = try await catalogue.blob(BlobId(publication.upload))?.blob else { return }
            guard blob.size <= PartPlan.objectBytesMax else {
                return try await giveUp(publication, "it has more than \(PartPlan.objectBytesMax) bytes")
            }
            try await attempt(publication, blob)
            report(.published(upload: publication.upload.text, name: publication.name.withoutFileName))
        } catch {
            // Another node has claimed it, or the blob has ended and `unpublished` has its object.
            if error.code == .superseded { return }
            if Task.isCancelled {
                return try await catalogue.postpone(publication, delay: 0, reason: nil, isCounted: false)
            }
            guard let delay = policy.delay(after: publication.attempts) else {
                return try await giveUp(publication, error.debugDescription)
            }
            try await catalogue.postpone(publication, delay: delay, reason: error.debugDescription)
            report(.postponed(upload: publication.upload.text, reason: error.debugDescription))
        }
    }

    private func giveUp(_ publication: Publication, _ reason: String) async throws(UploadError) {
        try await catalogue.postpone(publication, delay: nil, reason: reason)
        report(.givenUp(upload: publication.upload.text, reason: reason))
    }

    private func attempt(_ publication: Publication, _ blob: Blob) async throws(UploadError) {
        let object = PublishedObject(blob, name: publication.name)
        if blob.size <= PartPlan.sentBytes {
            try await willStep(.store)
            try await blobs.publish(object, uploads.reader(of: blob.slices(0..<blob.size)))
        } else {
            try await storeInParts(publication, blob, object)
        }
        try await willStep(.verify)
        try await verify(publication, blob)
        try await willStep(.finish)
        try await catalogue.finish(publication)
    }

    /// An upload in parts that is not completed stays recorded, and the next attempt or the removal of the object ends it.
    private func storeInParts(
        _ publication: Publication, _ blob: Blob, _ object: PublishedObject
    ) async throws(UploadError) {
        try await willStep(.begin)
        // By the current attempt only: what is ended may be that of the one that has taken over.
        try await catalogue.renew(publication, multipart: publication.multipart)
        if let earlier = publication.multipart { try await blobs.abortMultipart(earlier, named: object.name) }
        let id = try await blobs.beginMultipart(object)
        try await willStep(.record)
        do throws(UploadError) {
            try await catalogue.renew(publication, multipart: id)
        } catch {
            if error.code == .superseded { try? await blobs.abortMultipart(id, named: object.name) }
            throw error
        }
        // Those whose beginning was not answered, before anything is written: some engines lose an object when the multipart
        // upload that has made it is ended.
        try await blobs.abortMultiparts(of: object.name, except: id)
        var parts = PublishedParts(publication, blob, multipart: id)
        var plan = PartPlan(size: blob.size, copies: blobs.copiesParts)
        for extent in blob.extents { try await store(extent, &plan, &parts) }
        try await store(plan.finish().map { [$0] } ?? [], &parts)
        try await willStep(.complete)
        do throws(UploadError) {
            try await blobs.completeMultipart(id, named: object.name, tags: parts.tags)
        } catch {
            // An engine may take longer than a response may: what it has made is verified next.
            guard try await blobs.size(ofPublished: object.name) == blob.size else { throw error }
        }
    }

    private func store(
        _ extent: Extent, _ plan: inout PartPlan, _ parts: inout PublishedParts
    ) async throws(UploadError) {
        guard extent.storage == .file else { return try await store(plan.add(extent.length, segment: nil), &parts) }
        var position: UInt64 = 0
        while position < extent.length {
            // There may be many small ones.
            let end = min(extent.length, position + Self.lookUpBytes)
            for receipt in try await catalogue.receipts(of: extent.key, in: position..<end)
            where receipt.range.upperBound > position {
                let isWhole = receipt.range.lowerBound == position && receipt.range.upperBound <= extent.length
                let next = min(receipt.range.upperBound, extent.length)
                try await store(plan.add(next - position, segment: isWhole ? receipt.key : nil), &parts)
                position = next
            }
            // Bytes without a segment are damage, which reading them reports.
            if position < end {
                try await store(plan.add(end - position, segment: nil), &parts)
                position = end
            }
        }
    }

    /// Segments are looked up for ranges of this size.
    private static let lookUpBytes: UInt64 = 256 << 20

    private func store(_ new: [PartPlan.Part], _ parts: inout PublishedParts) async throws(UploadError) {
        let (id, name) = (parts.multipart, parts.publication.name)
        for part in new {
            let number = parts.tags.count + 1
            try await willStep(.part(number))
            var tag: String?
            if parts.copies, let segment = part.segment {
                tag = try await blobs.copyPart(number, of: id, named: name, segment: segment)
                // The engine cannot.
                if tag == nil { parts.copies = false }
            }
            if let tag {
                parts.tags.append(tag)
            } else {
                let bytes = uploads.reader(of: parts.blob.slices(part.range))
                parts.tags.append(
                    try await blobs.storePart(
                        number, of: id, named: name, byteCount: UInt64(part.range.count), bytes))
            }
            try await catalogue.renew(parts.publication, multipart: id)
        }
    }

    /// Reads the object and compares it with its blob: what the engine has copied never passed through here, and what was sent
    /// may have been damaged on the way.
    private func verify(_ publication: Publication, _ blob: Blob) async throws(UploadError) {
        var renewedAt: UInt64 = 0
        let difference = try await blobs.difference(
            ofPublished: publication.name, from: blob
        ) { bytesRead throws(UploadError) in
            guard bytesRead - renewedAt >= Self.verifiedBytes else { return }
            try await catalogue.renew(publication, multipart: nil)
            renewedAt = bytesRead
        }
        guard let difference else { return }
        let object = "the object in \(publication.name.withoutFileName)"
        throw UploadError(.unavailable(detail: difference.text(object, blob)))
    }
}

/// A multipart upload and its parts so far.
private struct PublishedParts {
    let publication: Publication
    let blob: Blob
    let multipart: String
    /// Until the engine says that it cannot.
    var copies = true
    var tags: [String] = []

    init(_ publication: Publication, _ blob: Blob, multipart: String) {
        self.publication = publication
        self.blob = blob
        self.multipart = multipart
    }
}
