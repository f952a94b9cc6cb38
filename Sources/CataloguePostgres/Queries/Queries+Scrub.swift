import DeliberateFaults
import SessionCore
import UploadCore

// The turns of the engines that scrub together. Each locks the one row of `scrub` first, so they come one after another; a
// turn is a few short statements, and comes once for many megabytes. Times are the server's.
//
// The number of an upload is its `seq`, in which no clock has a part.
extension Queries {
    /// The bytes after which a stretch gets no other upload.
    private static let scrubStretchBytes: Int64 = 1 << 30
    /// How long an engine keeps its stretch after it should have taken its next turn. Longer than all attempts to read from a
    /// store that does not answer.
    private static let scrubStretchLifetime: Int64 = 600_000
    /// A time that lies further ahead was written before the server's clock was set back.
    private static let clockStepMilliseconds: UInt64 = 86_400_000
    private static let clockStep = "interval '\(clockStepMilliseconds) milliseconds'"
    /// A century: the server's times would overflow.
    private static let intervalMillisecondsMax: Int64 = 100 * 365 * 86_400_000

    func takeScrubTurn(_ report: ScrubReport, _ pace: ScrubPace) throws(UploadError) -> ScrubTurn {
        var scrub = try lockedScrub(pace)
        if let number = report.lastVerified {
            try connection.send(
                "UPDATE scrub_stretches SET first = $2 + 1 WHERE holder = $1 AND $2 BETWEEN first AND last",
                rules.holder, number)
        }
        scrub.findings += report.findings
        let work = try takeWork(&scrub)
        let wait = try connection.first(
            """
            UPDATE scrub SET is_under_way = $1, claimed_through = $2, bound = $3, findings = $4,
                paced_until = least(greatest(paced_until, now()), now() + \(Self.clockStep))
                    + $5 * interval '1 millisecond'
            RETURNING ceil(extract(epoch FROM paced_until - now()) * 1000)::bigint
            """, scrub.isUnderWay, scrub.claimedThrough, scrub.bound, scrub.findings, Self.milliseconds(report, pace)
        ) { row throws(UploadError) in try row.next(Int64.self) }
        guard let wait else { throw UploadError(.storeCorrupt(detail: "the state of the scrub is missing")) }
        try connection.send(
            "UPDATE scrub_stretches SET expires_at = now() + $2 * interval '1 millisecond' WHERE holder = $1",
            rules.holder, wait + Self.scrubStretchLifetime)
        return ScrubTurn(work, waitMilliseconds: wait)
    }

    func leaveScrub() throws(UploadError) {
        try connection.send("UPDATE scrub_stretches SET expires_at = now() WHERE holder = $1", rules.holder)
    }

    /// The time that a report takes at the rate.
    private static func milliseconds(_ report: ScrubReport, _ pace: ScrubPace) -> UInt64 {
        let (scaled, overflow) = report.cost.multipliedReportingOverflow(by: 1000)
        return min(clockStepMilliseconds, (overflow ? .max : scaled) / pace.bytesPerSecond)
    }

    /// The row of `scrub`, which a due scrub begins in.
    private struct Scrub {
        var isUnderWay: Bool
        var isDue: Bool
        var claimedThrough: Int64
        var bound: Int64
        var findings: UInt64
    }

    private func lockedScrub(_ pace: ScrubPace) throws(UploadError) -> Scrub {
        while true {
            let found = try connection.first(
                """
                SELECT is_under_way, coalesce(began_at <= now() - $1 * interval '1 millisecond'
                        OR began_at > now() + \(Self.clockStep), true), claimed_through, bound, findings
                FROM scrub FOR UPDATE
                """, min(pace.intervalMilliseconds, Self.intervalMillisecondsMax)
            ) { row throws(UploadError) in
                Scrub(
                    isUnderWay: try row.next(), isDue: try row.next(), claimedThrough: try row.next(),
                    bound: try row.next(), findings: try row.next())
            }
            if let found { return found }
            try connection.send("INSERT INTO scrub DEFAULT VALUES ON CONFLICT DO NOTHING")
        }
    }

    private func takeWork(_ scrub: inout Scrub) throws(UploadError) -> ScrubTurn.Work {
        if !scrub.isUnderWay {
            guard scrub.isDue else { return .nothing }
            try begin(&scrub)
        }
        if let rest = try stretch() { return .verify(rest) }
        if try takeAbandonedStretch(), let rest = try stretch() { return .verify(rest) }
        if let next = try claimStretch(&scrub) { return .verify(next) }
        if try connection.exists("SELECT 1 FROM scrub_stretches") { return .nothing }
        scrub.isUnderWay = false
        return .complete(findings: scrub.findings)
    }

    private func begin(_ scrub: inout Scrub) throws(UploadError) {
        let last = try connection.first("SELECT coalesce(max(seq), 0) FROM uploads") { row throws(UploadError) in
            try row.next(Int64.self)
        }
        scrub = Scrub(isUnderWay: true, isDue: false, claimedThrough: 0, bound: last ?? 0, findings: 0)
        try connection.send("UPDATE scrub SET began_at = now()")
    }

    /// The rest of this engine's stretch; nil if it has none. One without uploads is removed.
    private func stretch() throws(UploadError) -> [ScrubTurn.Upload]? {
        let rest = try connection.all(
            """
            SELECT seq, id FROM scrub_stretches JOIN uploads ON seq BETWEEN first AND last
            WHERE holder = $1 AND state < 2 ORDER BY seq
            """, rules.holder
        ) { row throws(UploadError) in ScrubTurn.Upload(number: try row.next(), id: try row.next()) }
        if rest.isEmpty { try connection.send("DELETE FROM scrub_stretches WHERE holder = $1", rules.holder) }
        return rest.isEmpty ? nil : rest
    }

    /// Takes the stretch of an engine that takes no turns any more.
    private func takeAbandonedStretch() throws(UploadError) -> Bool {
        try connection.run(
            """
            UPDATE scrub_stretches SET holder = $1 WHERE holder = (
                SELECT holder FROM scrub_stretches
                WHERE \(DeliberateFault.takeHeldStretches.isOn) OR expires_at <= now()
                    OR expires_at > now() + 3 * \(Self.clockStep) ORDER BY first LIMIT 1
            )
            """, rules.holder) > 0
    }

    private func claimStretch(_ scrub: inout Scrub) throws(UploadError) -> [ScrubTurn.Upload]? {
        let next = try connection.all(
            """
            SELECT seq, id FROM (
                SELECT seq, id, sum(bytes) OVER (ORDER BY seq) - bytes AS before FROM (
                    SELECT seq, id, coalesce(length, appended) AS bytes FROM uploads
                    WHERE seq > $1 AND seq <= $2 AND state < 2 ORDER BY seq LIMIT $3
                ) AS following
            ) AS summed WHERE before < $4 ORDER BY seq
            """, scrub.claimedThrough, scrub.bound, rules.scrubStretchUploads, Self.scrubStretchBytes
        ) { row throws(UploadError) in ScrubTurn.Upload(number: try row.next(), id: try row.next()) }
        guard let first = next.first, let last = next.last else {
            scrub.claimedThrough = scrub.bound
            return nil
        }
        try connection.send(
            "INSERT INTO scrub_stretches (holder, first, last, expires_at) VALUES ($1, $2, $3, now())", rules.holder,
            first.number, last.number)
        scrub.claimedThrough = last.number
        return next
    }
}
