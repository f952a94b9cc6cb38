import UploadClient
import UploadCore

/// What `put --photos` would do.
extension PhotoBatch {
    private struct Entry {
        let item: PutItem
        /// `video of lake.heic`; nil for a file that is no part of a memory.
        let role: String?
    }

    func showPlan(_ folder: CameraFolder) async throws {
        let known = try await known(folder)
        let standings = try await standings(of: folder.shots, known)
        var entries: [Entry] = []
        for (shot, standing) in zip(folder.shots, standings) {
            try await show(shot.photo.label, shot.photo.name, shot.photo.size, standing.place == nil ? "send" : "skip")
            for companion in shot.companions {
                let role = "\(companion.kind.name) of \(shot.photo.label)"
                if standing.missing.contains(companion) {
                    entries.append(Entry(item: companion.item, role: role))
                } else {
                    try await show(companion.item.label, companion.item.name, companion.item.size, "skip", role: role)
                }
            }
        }
        entries += folder.files.map { Entry(item: $0, role: nil) }
        let plans = try await files.plans(for: entries.compactMap(\.item.file))
        for (entry, plan) in zip(entries, plans) {
            try await show(
                entry.item.label, entry.item.name, entry.item.size, plan.verb, role: entry.role ?? "file",
                blob: plan.blob)
        }
    }

    private func show(
        _ path: String, _ name: String, _ size: UInt64, _ plan: String, role: String = "memory", blob: String? = nil
    ) async throws {
        try await output.result(
            "would \(plan)  \(HumanReadable.bytes(size))  \(path)  \(role)",
            PutPlanResult(path: path, name: name, size: size, plan: plan, blob: blob, role: role))
    }
}
