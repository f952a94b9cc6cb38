import Glibc

/// The bytes of one simulated file: the current bytes that reads see, the durable bytes, and the dirty sectors between
/// them.
///
/// Both buffers have the same length, a multiple of the sector size, and are zero beyond their size. A sector is
/// *dirty* from its first change until the next sync, successful or not. After a failed sync the buffers can differ in
/// clean sectors; only another write makes such a sector dirty again.
struct SimulatedContent: Sendable {
    static let sectorBytes = 512
    /// The maximum number of intermediate versions of a sector that a crash can restore, besides the durable and the
    /// current one.
    private static let earlierVersionsMax = 2

    private(set) var size = 0
    private(set) var durableSize = 0
    /// The size that the next sync makes durable; nil if no change of the size is pending.
    private var pendingSize: Int?
    /// The lowest size since the last sync, and the highest one since the last sync or cut.
    private var lowestSize = 0
    private var highestSize = 0
    private var current: [UInt8] = []
    private var durable: [UInt8] = []
    private var flags: [UInt8] = []
    private var dirty: [Int] = []
    private var earlier: [Int: [[UInt8]]] = [:]
    private(set) var allocatedSectors = 0
    /// The state before the first cut since the last sync; an array, because a value cannot contain itself.
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

    /// The number of leading bytes that fit if at most `freeSectors` sectors can be allocated.
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
            // A cut is atomic: the durable state is either cut too or the state before the cut.
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

    /// A failed sync: an arbitrary subset of the dirty sectors, and perhaps the size, becomes durable; every fourth
    /// time all of them, which independent sectors hardly ever are. Nothing stays dirty.
    mutating func failSync(_ random: inout SeededRandom) {
        if let before = beforeCut.first, random.chance(0.5) {
            durable = before.durable
            Self.grow(&durable, to: current.count)
            setDurableSize(before.durableSize)
            return clean()
        }
        let isWhole = random.chance(0.25)
        for sector in dirty where isWhole || random.chance(0.5) { persist(sector) }
        let reached = isWhole || random.chance(0.5) ? pendingSize : nil
        setDurableSize(reached ?? durableSize)
        clean()
    }

    /// A power loss: the outcome is decided independently for each dirty sector and for the size.
    ///
    /// A cut is atomic, and no later change survives without it, as on a journaling file system: the blocks cut off no
    /// longer belong to the file, and later writes go to other blocks.
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

    /// Marks a sector dirty before a change. If it is dirty already, a crash may restore its present bytes.
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

    /// After a crash every sector of the file counts as allocated: holes are forgotten.
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

    /// Uses `memset` and `memcpy`, because a debug build is far too slow element by element.
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
