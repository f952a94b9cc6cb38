import Glibc

/// The bytes of one simulated file: what reads see, what the disk has, and which sectors lie between the two.
///
/// Both buffers have the same length, a multiple of the sector size, and are zero beyond their size. A sector is
/// *dirty* from its first change until a sync, whether or not that succeeded: after a failed one the buffers differ in
/// sectors that are clean, and only writing such a sector again makes it dirty again.
struct SimulatedContent: Sendable {
    static let sectorBytes = 512
    /// How many versions of a sector that was written several times since the sync may come back besides the first and
    /// the last one.
    private static let earlierVersionsMax = 2

    private(set) var size = 0
    private(set) var durableSize = 0
    /// The size that the next sync makes durable, if it would change anything.
    private var pendingSize: Int?
    /// Between these the size was since the last sync.
    private var lowestSize = 0
    private var highestSize = 0
    private var current: [UInt8] = []
    private var durable: [UInt8] = []
    private var flags: [UInt8] = []
    private var dirty: [Int] = []
    private var earlier: [Int: [[UInt8]]] = [:]
    private(set) var allocatedSectors = 0
    /// The file before the first cut since the last sync (an array only because a value cannot contain itself).
    private var beforeCut: [SimulatedContent] = []

    private static let isDirty: UInt8 = 1
    private static let isAllocated: UInt8 = 2

    var bytes: [UInt8] { Array(current.prefix(size)) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let count = min(buffer.count, size - offset)
        guard count > 0, let target = buffer.baseAddress else { return 0 }
        current.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            memcpy(target, base + offset, count)
        }
        return count
    }

    /// How many of the bytes fit if no more than `freeSectors` may be allocated for them.
    func fitting(_ count: Int, at offset: Int, freeSectors: Int) -> Int {
        guard count > 0 else { return 0 }
        var free = freeSectors
        for sector in offset / Self.sectorBytes...(offset + count - 1) / Self.sectorBytes {
            if sector < flags.count, flags[sector] & Self.isAllocated != 0 { continue }
            if free == 0 { return max(0, sector * Self.sectorBytes - offset) }
            free -= 1
        }
        return count
    }

    mutating func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        guard let base = source.baseAddress, source.count > 0 else { return }
        let end = offset + source.count
        reserve(end)
        for sector in offset / Self.sectorBytes...(end - 1) / Self.sectorBytes { touch(sector, allocating: true) }
        current.withUnsafeMutableBytes { target in
            guard let start = target.baseAddress else { return }
            memcpy(start + offset, base, source.count)
        }
        size = max(size, end)
        highestSize = max(highestSize, size)
        if end > pendingSize ?? durableSize { pendingSize = end }
    }

    mutating func truncate(to newSize: Int) {
        if newSize < size, beforeCut.isEmpty { beforeCut = [self] }
        reserve(newSize)
        if newSize < size {
            for sector in newSize / Self.sectorBytes...(size - 1) / Self.sectorBytes {
                touch(sector, allocating: false)
                if sector * Self.sectorBytes >= newSize, flags[sector] & Self.isAllocated != 0 {
                    flags[sector] &= ~Self.isAllocated
                    allocatedSectors -= 1
                }
            }
            Self.zero(&current, from: newSize, to: size)
            // From here on the file is cut on the disk too, or it is as it was before: nothing between.
            Self.zero(&durable, from: newSize, to: durable.count)
            for sector in earlier.keys.filter({ ($0 + 1) * Self.sectorBytes > newSize }) { earlier[sector] = nil }
            durableSize = min(durableSize, newSize)
            highestSize = newSize
        }
        size = newSize
        lowestSize = min(lowestSize, newSize)
        highestSize = max(highestSize, newSize)
        pendingSize = newSize
    }

    mutating func flip(at offset: Int) {
        guard offset < current.count else { return }
        current[offset] ^= 0xFF
        durable[offset] ^= 0xFF
    }

    // MARK: Durability

    mutating func sync() {
        for sector in dirty { persist(sector) }
        setDurableSize(pendingSize ?? durableSize)
        clean()
    }

    /// A sync that fails: any of the sectors, and perhaps the size, reach the disk, and nothing is dirty any more.
    mutating func failSync(_ random: inout SeededRandom) {
        if let before = beforeCut.first, random.chance(0.5) {
            durable = before.durable
            Self.grow(&durable, to: current.count)
            setDurableSize(before.durableSize)
            return clean()
        }
        for sector in dirty where random.chance(0.5) { persist(sector) }
        let reached = random.chance(0.5) ? pendingSize : nil
        setDurableSize(reached ?? durableSize)
        clean()
    }

    /// Power is lost: what was dirty is decided sector by sector, and the size on its own.
    ///
    /// A cut is all or nothing, and nothing that came after it is there without it, as on a file system with a journal:
    /// the blocks that were cut off are not the file's any more, and what is written later goes to others.
    mutating func losePower(_ random: inout SeededRandom) {
        if let before = beforeCut.first {
            beforeCut = []
            if random.chance(0.5) {
                self = before
                return losePower(&random)
            }
        }
        for sector in dirty {
            let versions = earlier[sector] ?? []
            switch random.below(2 + versions.count) {
            case 0: break
            case 1: persist(sector)
            case let version: restore(sector, versions[version - 2])
            }
        }
        if let pendingSize {
            switch random.below(3) {
            case 0: break
            case 1: setDurableSize(pendingSize)
            default:
                let lowest = min(lowestSize, durableSize, pendingSize)
                setDurableSize(random.within(lowest...max(highestSize, durableSize, pendingSize)))
            }
        }
        setDurableSize(durableSize)
        current = durable
        size = durableSize
        clean()
        settleAllocation()
    }

    // MARK: Sectors

    /// Marks a sector that is about to change; its present bytes may be what a crash leaves.
    private mutating func touch(_ sector: Int, allocating: Bool) {
        if flags[sector] & Self.isDirty != 0 {
            let start = sector * Self.sectorBytes
            var versions = earlier.removeValue(forKey: sector) ?? []
            if versions.count == Self.earlierVersionsMax { versions.removeFirst() }
            versions.append(Array(current[start..<start + Self.sectorBytes]))
            earlier[sector] = versions
        } else {
            flags[sector] |= Self.isDirty
            dirty.append(sector)
        }
        if allocating, flags[sector] & Self.isAllocated == 0 {
            flags[sector] |= Self.isAllocated
            allocatedSectors += 1
        }
    }

    private mutating func persist(_ sector: Int) {
        let start = sector * Self.sectorBytes
        current.withUnsafeBytes { source in
            durable.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                memcpy(to + start, from + start, Self.sectorBytes)
            }
        }
    }

    private mutating func restore(_ sector: Int, _ version: [UInt8]) {
        let start = sector * Self.sectorBytes
        durable.withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[start..<start + version.count]).copyBytes(from: version)
        }
    }

    private mutating func setDurableSize(_ newSize: Int) {
        durableSize = newSize
        Self.zero(&durable, from: newSize, to: durable.count)
    }

    private mutating func clean() {
        for sector in dirty { flags[sector] &= ~Self.isDirty }
        dirty.removeAll(keepingCapacity: true)
        if !earlier.isEmpty { earlier.removeAll() }
        if !beforeCut.isEmpty { beforeCut = [] }
        pendingSize = nil
        lowestSize = size
        highestSize = size
    }

    /// After a crash every sector of the file counts as taken; a hole that was there is not remembered.
    private mutating func settleAllocation() {
        allocatedSectors = (size + Self.sectorBytes - 1) / Self.sectorBytes
        for sector in flags.indices { flags[sector] = sector < allocatedSectors ? Self.isAllocated : 0 }
    }

    private mutating func reserve(_ end: Int) {
        guard end > current.count else { return }
        let sectors = max((end + Self.sectorBytes - 1) / Self.sectorBytes, flags.count * 2, 8)
        Self.grow(&current, to: sectors * Self.sectorBytes)
        Self.grow(&durable, to: sectors * Self.sectorBytes)
        Self.grow(&flags, to: sectors)
    }

    /// By `memset` and `memcpy`: element by element, a debug build would spend its day here.
    private static func grow(_ bytes: inout [UInt8], to count: Int) {
        bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let target = buffer.baseAddress {
                memset(target, 0, count)
                bytes.withUnsafeBytes { old in
                    if let source = old.baseAddress { memcpy(target, source, old.count) }
                }
            }
            initialized = count
        }
    }

    private static func zero(_ bytes: inout [UInt8], from start: Int, to end: Int) {
        guard start < end else { return }
        bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { memset(base + start, 0, end - start) }
        }
    }
}
