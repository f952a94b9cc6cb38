package import SessionCore
import UploadModel

/// A file of an archive.
package struct ZipEntry: Hashable, Sendable {
    /// The path in the archive, with `/` between its parts.
    package let name: String
    /// Bytes.
    package let size: UInt64
    package let modifiedAt: Timestamp

    package init(name: String, size: UInt64, modifiedAt: Timestamp) {
        self.name = name
        self.size = size
        self.modifiedAt = modifiedAt
    }
}

/// The records of a ZIP archive (APPNOTE.TXT 6.3.10) between the bytes of its files.
///
/// Files are stored without compression, since photos and films do not shrink. Their checksums follow them in data
/// descriptors, so that each file is read once. ZIP64 is used where a size, an offset or the number of files needs it.
///
/// Call `begin`, send the bytes of the file, call `end`, and after the last file `finish`.
package struct ZipWriter: Sendable {
    private struct Written: Sendable {
        let entry: ZipEntry
        /// Of the local header.
        let offset: UInt64
        var checksum: UInt32 = 0
    }

    private var written: [Written] = []
    /// Bytes of the archive so far, with those of the files.
    private var offset: UInt64 = 0

    package init() {}

    /// The bytes of a whole archive.
    package static func size(of entries: [ZipEntry]) -> UInt64 {
        var writer = ZipWriter()
        for entry in entries {
            _ = writer.begin(entry)
            _ = writer.end(checksum: 0)
        }
        _ = writer.finish()
        return writer.offset
    }

    /// The local file header (section 4.3.7).
    package mutating func begin(_ entry: ZipEntry) -> [UInt8] {
        written.append(Written(entry: entry, offset: offset))
        var extra = ZipRecord()
        if entry.isLarge {
            extra.append16(ZipRecord.zip64)
            extra.append16(16)
            // Both sizes are in the data descriptor (section 4.4.4).
            extra.append64(0)
            extra.append64(0)
        }
        extra.append(entry.timeField)
        var record = ZipRecord(signature: 0x0403_4b50)
        record.append16(entry.versionNeeded)
        record.append(entry.flagsMethodAndTime)
        record.append32(0)
        record.append32(entry.isLarge ? .max : 0)
        record.append32(entry.isLarge ? .max : 0)
        record.append16(UInt16(entry.name.utf8.count))
        record.append16(UInt16(extra.bytes.count))
        record.bytes += entry.name.utf8
        record.append(extra)
        offset += UInt64(record.bytes.count) + entry.size
        return record.bytes
    }

    /// The data descriptor (section 4.3.9).
    ///
    /// - Parameter checksum: The CRC-32 of the file's bytes.
    package mutating func end(checksum: UInt32) -> [UInt8] {
        let last = written.count - 1
        written[last].checksum = checksum
        let entry = written[last].entry
        var record = ZipRecord(signature: 0x0807_4b50)
        record.append32(checksum)
        for _ in 0..<2 {
            if entry.isLarge { record.append64(entry.size) } else { record.append32(UInt32(entry.size)) }
        }
        offset += UInt64(record.bytes.count)
        return record.bytes
    }

    /// The central directory and its end (sections 4.3.12 to 4.3.16).
    package mutating func finish() -> [UInt8] {
        let start = offset
        var directory = ZipRecord()
        for file in written { directory.append(Self.header(of: file)) }
        let (count, size) = (UInt64(written.count), UInt64(directory.bytes.count))
        if count >= UInt64(UInt16.max) || size >= ZipRecord.limit || start >= ZipRecord.limit {
            var end = ZipRecord(signature: 0x0606_4b50)
            end.append64(44)
            end.append16(ZipRecord.madeBy)
            end.append16(45)
            end.append32(0)
            end.append32(0)
            for value in [count, count, size, start] { end.append64(value) }
            directory.append(end)
            var locator = ZipRecord(signature: 0x0706_4b50)
            locator.append32(0)
            locator.append64(start + size)
            locator.append32(1)
            directory.append(locator)
        }
        var end = ZipRecord(signature: 0x0605_4b50)
        end.append16(0)
        end.append16(0)
        end.append16(UInt16(clamping: count))
        end.append16(UInt16(clamping: count))
        end.append32(UInt32(clamping: size))
        end.append32(UInt32(clamping: start))
        end.append16(0)
        directory.append(end)
        offset += UInt64(directory.bytes.count)
        return directory.bytes
    }

    /// The header in the central directory (section 4.3.12).
    private static func header(of file: Written) -> ZipRecord {
        let entry = file.entry
        let isFar = file.offset >= ZipRecord.limit
        var extra = ZipRecord()
        if entry.isLarge || isFar {
            extra.append16(ZipRecord.zip64)
            extra.append16((entry.isLarge ? 16 : 0) + (isFar ? 8 : 0))
            if entry.isLarge {
                extra.append64(entry.size)
                extra.append64(entry.size)
            }
            if isFar { extra.append64(file.offset) }
        }
        extra.append(entry.timeField)
        var record = ZipRecord(signature: 0x0201_4b50)
        record.append16(ZipRecord.madeBy)
        record.append16(max(entry.versionNeeded, isFar ? 45 : 0))
        record.append(entry.flagsMethodAndTime)
        record.append32(file.checksum)
        record.append32(entry.isLarge ? .max : UInt32(entry.size))
        record.append32(entry.isLarge ? .max : UInt32(entry.size))
        record.append16(UInt16(entry.name.utf8.count))
        record.append16(UInt16(extra.bytes.count))
        // No comment, disk 0, no internal attributes.
        for _ in 0..<3 { record.append16(0) }
        // A regular file that its owner may write.
        record.append32(0o100644 << 16)
        record.append32(isFar ? .max : UInt32(file.offset))
        record.bytes += entry.name.utf8
        record.append(extra)
        return record
    }
}

extension ZipEntry {
    fileprivate var isLarge: Bool { size >= ZipRecord.limit }

    fileprivate var versionNeeded: UInt16 { isLarge ? 45 : 20 }

    /// Bit 3: a data descriptor follows. Bit 11: the name is UTF-8. Method 0: stored. The time of MS-DOS, in UTC.
    fileprivate var flagsMethodAndTime: ZipRecord {
        let earliest = CivilTime(year: 1980, month: 1, day: 1, hour: 0, minute: 0, second: 0)
        let latest = CivilTime(year: 2107, month: 12, day: 31, hour: 23, minute: 59, second: 58)
        var time = CivilTime(modifiedAt)
        if time.year < 1980 { time = earliest }
        if time.year > 2107 { time = latest }
        var record = ZipRecord()
        record.append16(0x0808)
        record.append16(0)
        record.append16(UInt16(time.hour << 11 | time.minute << 5 | time.second / 2))
        record.append16(UInt16((time.year - 1980) << 9 | time.month << 5 | time.day))
        return record
    }

    /// The extended timestamp of Info-ZIP, in seconds of UTC; empty for times that it cannot have.
    fileprivate var timeField: ZipRecord {
        var record = ZipRecord()
        guard let seconds = Int32(exactly: modifiedAt.milliseconds.flooredQuotient(1000)) else { return record }
        record.append16(0x5455)
        record.append16(5)
        record.bytes.append(1)
        record.append32(UInt32(bitPattern: seconds))
        return record
    }
}

/// Bytes in the order of ZIP: the least significant first.
private struct ZipRecord: Sendable {
    /// What does not fit into a field of 32 bits, and its value that refers to ZIP64.
    static let limit = UInt64(UInt32.max)
    /// The id of the ZIP64 extra field.
    static let zip64: UInt16 = 1
    /// Version 4.5 of the format, on Unix.
    static let madeBy: UInt16 = 3 << 8 | 45

    var bytes: [UInt8] = []

    init() {}

    init(signature: UInt32) { append32(signature) }

    mutating func append(_ record: ZipRecord) { bytes += record.bytes }
    mutating func append16(_ value: UInt16) { append(value, count: 2) }
    mutating func append32(_ value: UInt32) { append(value, count: 4) }
    mutating func append64(_ value: UInt64) { append(value, count: 8) }

    private mutating func append(_ value: some FixedWidthInteger, count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}
