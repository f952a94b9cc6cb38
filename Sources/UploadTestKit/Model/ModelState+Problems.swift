import SessionCore
import UploadCore

extension ModelState {
    /// What must hold between any two calls. A sentence here is a mistake in the model.
    func problems() -> [String] {
        uploadProblems() + garbageProblems() + memoryProblems()
    }

    private func uploadProblems() -> [String] {
        var problems: [String] = []
        for (id, upload) in uploads {
            if upload.isCommitted != (upload.record.digest != nil), !upload.isEnded {
                problems.append("upload \(id.text) is committed and has no digest, or the other way round")
            }
            if !upload.isEnded, let key = upload.key, keys[key] != id {
                problems.append("upload \(id.text) is not found by its key")
            }
        }
        for (owner, count) in active {
            let pending = uploads.values.count { $0.owner == owner && $0.status.isPending }
            if count != UInt64(pending) { problems.append("\(pending) uploads are pending, but counted as \(count)") }
        }
        return problems
    }

    private func garbageProblems() -> [String] {
        let parts = concatenations.flatMap { sources(of: $0) }.filter { uploads[$0]?.record.digest != nil }
        let live = Set(parts).union(
            uploads.values.filter { !$0.isEnded }.map(\.record.id))
        let keys = Set(live.compactMap { uploads[$0]?.record.meta.key })
        let listedTwice = garbage.count == Set(garbage).count ? [] : ["an object is listed as garbage twice"]
        let needed = garbage.filter { keys.contains($0) }
        return listedTwice + needed.map { "object \($0.digest.hex) is needed, but listed as garbage" }
    }

    private func memoryProblems() -> [String] {
        memories.values.flatMap(\.memory.assets).compactMap { asset in
            guard case .blob(let id) = asset.content, blob(id) == nil else { return nil }
            return "asset \(asset.id.text) refers to the blob \(id.text), which does not exist"
        }
    }
}
