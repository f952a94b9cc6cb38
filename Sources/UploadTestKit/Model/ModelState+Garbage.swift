import DeliberateFaults
public import SessionCore
import UploadCore

/// What ages by the clock of a shared catalogue.
public struct CatalogueAging: Sendable {
    /// The clock of the database.
    public let clock: any WallClock
    /// How long an announced segment may stay unrecorded, in milliseconds.
    public let announcementLifetime: Int64
    /// When the key of a removed segment is garbage again, in milliseconds after each removal.
    public let removalDelays: [Int64]
    /// How long a started derivation is left to its engine, in milliseconds.
    public let derivationLifetime: Int64

    public init(
        clock: any WallClock, announcementLifetime: Int64, removalDelays: [Int64], derivationLifetime: Int64
    ) {
        self.clock = clock
        self.announcementLifetime = announcementLifetime
        self.removalDelays = removalDelays
        self.derivationLifetime = derivationLifetime
    }

    var now: Int64 { clock.uptimeMilliseconds() }
}

struct ModelRemoval: Hashable, Sendable {
    var count: Int
    var dueAt: Int64
}

/// Announced keys with their times.
struct ModelAnnouncements: Sendable {
    private var times: [ObjectKey: Int64] = [:]
    /// In the order of their announcement.
    private var order: [ObjectKey] = []

    func contains(_ key: ObjectKey) -> Bool { times[key] != nil }
    var isEmpty: Bool { times.isEmpty }

    /// A repetition changes nothing.
    mutating func insert(_ keys: [ObjectKey], at now: Int64) {
        for key in keys where times[key] == nil {
            times[key] = now
            order.append(key)
        }
    }

    mutating func remove(_ keys: [ObjectKey]) {
        for key in keys { times[key] = nil }
        order.removeAll { times[$0] == nil }
    }

    /// The keys that were announced until a time.
    func keys(until time: Int64) -> [ObjectKey] {
        order.filter { key in times[key].map { $0 <= time } ?? false }
    }

    /// Takes the keys that were announced until a time.
    mutating func take(until time: Int64) -> [ObjectKey] {
        let taken = keys(until: time)
        remove(taken)
        return taken
    }
}

extension ModelState {
    /// Old announcements become garbage first: a record that needs one is refused from then on.
    mutating func dueGarbage(limit: Int) -> [ObjectKey] {
        guard let aging else { return Array(garbage.prefix(limit)) }
        let lifetime = DeliberateFault.takeYoungAnnouncements.isOn ? 0 : aging.announcementLifetime
        if DeliberateFault.removeBeforeTaking.isOn {
            let old = announced.keys(until: aging.now - lifetime)
            if !old.isEmpty { return Array(old.prefix(limit)) }
        }
        garbage += announced.take(until: aging.now - lifetime)
        return Array(garbage.filter { removals[$0].map { $0.dueAt <= aging.now } ?? true }.prefix(limit))
    }

    /// With `aging`, keys are due again after each of the delays, and then forgotten. A key that is not due stays as it is.
    mutating func forgetGarbage(_ keys: [ObjectKey]) {
        var gone = Set(keys)
        if DeliberateFault.removeBeforeTaking.isOn {
            garbage += keys.filter { announced.contains($0) }
            announced.remove(keys)
        }
        if let aging, !DeliberateFault.removeOnce.isOn {
            for key in garbage where gone.contains(key) {
                let removal = removals[key] ?? ModelRemoval(count: 0, dueAt: aging.now)
                let isLast = removal.count == aging.removalDelays.count
                if removal.dueAt <= aging.now, !isLast {
                    removals[key] = ModelRemoval(
                        count: removal.count + 1, dueAt: aging.now + aging.removalDelays[removal.count])
                }
                if removal.dueAt > aging.now || !isLast { gone.remove(key) }
            }
        }
        garbage.removeAll { gone.contains($0) }
        for key in gone { removals[key] = nil }
    }

    /// The keys that are due come after all others; with `aging` they are due again a constant minute later.
    mutating func postponeGarbage(_ keys: [ObjectKey]) {
        let now = aging?.now ?? 0
        let postponed = garbage.filter { keys.contains($0) && (removals[$0]?.dueAt ?? now) <= now }
        garbage = garbage.filter { !postponed.contains($0) } + postponed
        if aging == nil { return }
        for key in postponed {
            removals[key] = ModelRemoval(count: removals[key]?.count ?? 0, dueAt: now + 60_000)
        }
    }
}
