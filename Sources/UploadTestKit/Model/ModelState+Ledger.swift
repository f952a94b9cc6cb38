import SessionCore
import UploadCore

extension ModelState {
    mutating func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) throws(UploadError) {
        var upload = try requirePending(id)
        let session = upload.record.session
        // A length that is known stays what it is: the caller's ledger has checked the piece against it.
        let length = session.spec.expectedBytes ?? piece.length
        switch piece.place {
        case .chunk(let index):
            upload.record.session = session.changing(length: length, pieces: session.pieces.inserting(index))
        case .append(let offset):
            upload.record.session = session.changing(length: length, offset: max(session.offset, offset))
        }
        upload.record.session.touch(at: seen)
        if let (offset, bytes) = piece.bytes, upload.record.meta.storage == .catalogue {
            upload.store(bytes, at: Int(clamping: offset))
        }
        uploads[id] = upload
    }

    mutating func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp
    ) throws(UploadError) {
        var upload = try requirePending(id)
        if let length {
            do throws(SessionError) {
                try upload.record.session.declareLength(length)
            } catch {
                throw UploadError(error, session: upload.record.session)
            }
        }
        if let asset { upload.record.meta.asset = asset }
        upload.record.session.touch(at: seen)
        uploads[id] = upload
    }

    mutating func touch(_ seen: [SessionId: Timestamp]) {
        for (id, time) in seen where uploads[id]?.canExpire == true {
            uploads[id]?.record.session.touch(at: time)
        }
    }

    /// A chunk is forgotten whole, where any of its bytes lies at or past `size`.
    mutating func forgetPieces(of id: SessionId, past size: UInt64) {
        guard var upload = uploads[id], upload.status.isPending else { return }
        let session = upload.record.session
        var kept = PieceSet()
        var keptBytes = size
        if let chunkSize = session.spec.chunkSize {
            for index in session.pieces.ranges().joined() {
                let end = min((index + 1) * chunkSize, session.spec.expectedBytes ?? .max)
                if end <= size { kept.insert(index) }
            }
            keptBytes = size / chunkSize * chunkSize
            if size >= session.spec.expectedBytes ?? .max { keptBytes = size }
        }
        upload.record.session = session.changing(pieces: kept, offset: min(session.offset, size))
        upload.bytes = Array(upload.bytes.prefix(Int(clamping: keptBytes)))
        uploads[id] = upload
    }
}

// MARK: - Bytes in the catalogue

extension ModelUpload {
    /// The first bytes of a place stay.
    mutating func store(_ new: [UInt8], at offset: Int) {
        if bytes.count < offset + new.count {
            bytes.append(contentsOf: repeatElement(nil, count: offset + new.count - bytes.count))
        }
        for (index, byte) in new.enumerated() where bytes[offset + index] == nil {
            bytes[offset + index] = byte
        }
    }

    func storedBytes(_ range: Range<UInt64>) -> [UInt8] {
        bytes.prefix(Int(clamping: range.upperBound)).dropFirst(Int(clamping: range.lowerBound))
            .prefix { $0 != nil }.compactMap { $0 }
    }
}
