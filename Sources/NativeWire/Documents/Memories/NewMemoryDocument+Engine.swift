public import UploadModel

extension NewMemoryDocument {
    public var details: MemoryDetails {
        MemoryDetails(
            title: title ?? "", text: description ?? "", tags: tags ?? [], type: type ?? "",
            takenAt: takenAt?.timestamp, thumbHash: thumbhash?.bytes)
    }

    /// The assets: blobs first, then inline ones.
    ///
    /// - Throws: `invalid_argument` with the field, such as `assets[2].blob`, for an invalid id, type or kind.
    public func drafts() throws(UploadError) -> [AssetDraft] {
        var drafts: [AssetDraft] = []
        for (index, asset) in (assets ?? []).enumerated() {
            drafts.append(try asset.draft(in: Self.place(ofAsset: index)))
        }
        for (index, asset) in (inlineAssets ?? []).enumerated() {
            drafts.append(try asset.draft(in: "inline_assets[\(index)]."))
        }
        return drafts
    }

    /// The name of the field with the blob of an asset.
    ///
    /// - Parameter index: Into `assets`.
    public static func blobField(ofAsset index: Int) -> String {
        place(ofAsset: index) + "blob"
    }

    private static func place(ofAsset index: Int) -> String { "assets[\(index)]." }
}

extension AddedAssetDocument {
    /// - Throws: `invalid_argument` for an invalid id, type or kind.
    public func draft() throws(UploadError) -> AssetDraft {
        switch self {
        case .blob(let asset): try asset.draft(in: "")
        case .inline(let asset): try asset.draft(in: "")
        }
    }
}

extension NewAssetDocument {
    /// - Parameter place: The prefix of field names in errors.
    fileprivate func draft(in place: String) throws(UploadError) -> AssetDraft {
        guard let id = BlobId(text: blob) else {
            throw UploadError(.invalidArgument(place + "blob", "must be the id of a blob"))
        }
        return AssetDraft(
            kind: try AssetKind(checked: kind, in: place), content: .blob(id), width: width, height: height)
    }
}

extension NewInlineAssetDocument {
    fileprivate func draft(in place: String) throws(UploadError) -> AssetDraft {
        let type = try MediaType(type, argument: place + "type").text
        return AssetDraft(
            kind: try AssetKind(checked: kind, in: place), content: .inline(data.bytes, contentType: type),
            width: width, height: height)
    }
}

extension AssetKind {
    fileprivate init(checked name: String, in place: String) throws(UploadError) {
        guard !name.isEmpty else { throw UploadError(.invalidArgument(place + "kind", "is empty")) }
        self.init(name)
    }
}

extension MemoryPatchDocument {
    public func apply(to details: inout MemoryDetails) {
        title.apply(to: &details.title, cleared: "")
        description.apply(to: &details.text, cleared: "")
        tags.apply(to: &details.tags, cleared: [])
        type.apply(to: &details.type, cleared: "")
        var takenAt = details.takenAt.map { WireTime($0) }
        self.takenAt.apply(to: &takenAt)
        details.takenAt = takenAt?.timestamp
    }
}
