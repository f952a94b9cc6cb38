import SessionCore

extension DerivationRunner {
    /// Stores what was derived and makes the memory: of everything, or of the original alone with the reason.
    func make(
        _ derivation: Derivation, _ derivatives: PhotoDerivatives?, derivationError: String?
    ) async throws(UploadError) {
        var assets = [
            AssetDraft(
                kind: .original, content: .blob(BlobId(derivation.upload)), width: derivatives?.width,
                height: derivatives?.height)
        ]
        var stored: [BlobId] = []
        do throws(UploadError) {
            if let derivatives {
                for (kind, rendition) in [(AssetKind.display, derivatives.display), (.thumb, derivatives.thumb)] {
                    let blob = try await uploads.store(rendition, as: kind, of: derivation)
                    stored.append(blob)
                    assets.append(AssetDraft(kind: kind, content: .blob(blob), rendition))
                }
                let placeholder = derivatives.placeholder
                assets.append(
                    AssetDraft(
                        kind: .placeholder,
                        content: .inline(placeholder.bytes, contentType: placeholder.contentType), placeholder))
            }
            let draft = try uploads.memory(
                of: derivation, assets, thumbHash: derivatives?.thumbHash, takenAt: derivatives?.takenAt,
                derivationError: derivationError)
            if let memory = try await uploads.catalogue.finishDerivation(of: derivation.upload, with: draft) {
                report(.made(memory, from: derivation.upload))
            } else {
                // The original was deleted meanwhile.
                await uploads.discard(stored)
            }
        } catch {
            // Unless another attempt takes them up again.
            if error.code != .unavailable && error.code != .storeFull { await uploads.discard(stored) }
            throw error
        }
    }
}

extension AssetDraft {
    fileprivate init(kind: AssetKind, content: Content, _ rendition: Rendition) {
        self.init(kind: kind, content: content, width: rendition.width, height: rendition.height)
    }
}

extension UploadService {
    /// Stores a rendition as a blob. The same rendition of the same upload, from an attempt before, is found again.
    fileprivate func store(
        _ rendition: Rendition, as kind: AssetKind, of derivation: Derivation
    ) async throws(UploadError) -> BlobId {
        let digest = Digest(of: rendition.bytes)
        // No client can send the zero byte in its keys, so that it never meets one of ours.
        let key = "\0derived \(derivation.upload.text) \(kind.name) \(digest.hex)"
        let ending = ".\(kind.name).webp"
        var name = derivation.asset.name
        while !name.isEmpty, UInt64(name.utf8.count + ending.utf8.count) > limits.nameBytesMax { name.removeLast() }
        let request = BeginRequest(
            capsule: derivation.capsule, asset: AssetMetadata(name: name + ending, contentType: rendition.contentType),
            layout: .append, length: UInt64(rendition.bytes.count), expectedDigest: digest,
            idempotencyKey: IdempotencyKey(bytes: Array(key.utf8)), derivation: .none)
        return BlobId(try await storeWhole(request, rendition.bytes, digest, by: derivation.caller))
    }

    fileprivate func memory(
        of derivation: Derivation, _ assets: [AssetDraft], thumbHash: [UInt8]?, takenAt: String?,
        derivationError: String?
    ) throws(UploadError) -> MemoryDraft {
        let now = now()
        let details = MemoryDetails(
            title: derivation.asset.name, type: derivation.recipe.name, takenAt: takenAt.flatMap(Timestamp.init(exif:)),
            thumbHash: thumbHash)
        var new: [NewAsset] = []
        for asset in assets { new.append(try newAsset(asset, at: now)) }
        return MemoryDraft(
            id: MemoryId(ids.next(at: now)), capsule: derivation.capsule, creator: derivation.caller, details: details,
            createdAt: now, assets: new, key: nil, fingerprint: details.fingerprint(derivation.capsule, assets),
            limits: memoryLimits, derivationError: derivationError)
    }

    /// Deletes renditions that no memory is going to have.
    fileprivate func discard(_ blobs: [BlobId]) async {
        for blob in blobs {
            guard let garbage = try? await catalogue.deleteBlob(blob, at: now(), checkAccess: { _ in }) else {
                continue
            }
            await sessions.forget(blob.value)
            try? await sessions.remove(garbage)
        }
    }
}
