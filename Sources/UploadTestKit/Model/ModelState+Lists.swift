import SessionCore
import UploadCore

extension ModelState {
    func lastSeen(before time: Timestamp, limit: Int) -> [SessionId] {
        let due = uploads.values.filter { upload in
            upload.canExpire && upload.record.session.meta.lastSeen < time
                && !pendingConcatenationCounts(on: upload.record.id)
        }
        let ordered = due.sorted { left, right in
            let times = (left.record.session.meta.lastSeen, right.record.session.meta.lastSeen)
            return times.0 == times.1 ? left.record.id < right.record.id : times.0 < times.1
        }
        return ordered.prefix(max(0, limit)).map(\.record.id)
    }

    func uploads(_ filter: UploadFilter, after id: SessionId?, limit: Int) -> [UploadRecord] {
        let matching = uploads.values.map(\.record).filter { record in
            if let id, record.id <= id { return false }
            if let capsule = filter.capsule, record.meta.capsule != capsule { return false }
            if let caller = filter.caller, record.meta.caller != caller { return false }
            return filter.state == nil || filter.state == UploadFilter.State(record.session.meta.status)
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(max(0, limit)))
    }

    func blob(_ id: BlobId) -> (blob: Blob, capsule: Capsule)? {
        guard let upload = uploads[id.value], upload.isBlob, let digest = upload.record.digest,
            let capsule = capsules[upload.record.meta.capsule]
        else { return nil }
        let record = upload.record
        let blob = Blob(
            id: id, capsule: capsule.id, asset: record.meta.asset, size: record.session.spec.expectedBytes ?? 0,
            digest: digest, chunkSize: record.parts.isEmpty ? record.session.spec.chunkSize : nil,
            createdAt: record.session.meta.createdAt, extents: upload.extents ?? [])
        return (blob, capsule)
    }
}

extension UploadFilter.State {
    init(_ status: SessionStatus) {
        switch status {
        case .pending: self = .pending
        case .committed: self = .committed
        case .aborted: self = .aborted
        case .expired: self = .expired
        }
    }
}
