import ArgumentParser
import DurableFiles
import NativeWire
import UploadClient

/// One run of `put` without `--photos`.
struct PutSession: Sendable {
    let command: PutCommand
    let client: UploadClient
    let output: Output

    func run() async throws {
        let walk = try await walk()
        let tally = PutTally(of: walk.items)
        let isAlone = walk.items.count + walk.failures.count == 1
        for failure in walk.failures {
            try await report(CommandFailure(failure.error), isAlone ? nil : failure.label, tally)
        }
        if !walk.items.isEmpty {
            let resume = command.resumeStore
            // Another server has none of the native API.
            let features = command.uploadPath == nil ? try await client.features() : ServerFeatures()
            let run = PutRun(
                client: client, options: command.options, resume: resume,
                journal: try await command.journal(client, resume), features: features, skips: !command.noSkip,
                asksForLarge: command.checkLarge)
            if command.dryRun { return try await showPlan(walk, run, tally) }
            try await put(walk.items, run, tally)
        }
        let counts = tally.counts
        if !isAlone || !walk.passedOver.isEmpty {
            let summary = PutSummary(
                counts: counts, passedOver: walk.passedOver, namesAll: output.detail == .verbose)
            for line in summary.lines { await output.note(line) }
        }
        if output.isJSON {
            for passed in walk.passedOver { try await output.result("", PassedOverResult(passed)) }
        }
        if let status = tally.firstFailure { throw ExitCode(status.rawValue) }
    }

    private func walk() async throws -> FileWalk {
        let paths = LocalPath.arguments(command.sources, raw: LocalPath.rawArguments)
        let (filter, follows) = (command.filter, command.followLinks)
        var walk = await blocking { FileWalk(paths, filter: filter, followsLinks: follows) }
        if let name = command.name {
            guard walk.items.count <= 1 else { throw ValidationError("--name requires a single file.") }
            walk.rename(to: name)
        }
        return walk
    }

    // MARK: - Sending

    private func put(_ items: [PutItem], _ run: PutRun, _ tally: PutTally) async throws {
        let display: ProgressDisplay
        if items.count == 1 {
            let label = items[0].label
            display = ProgressDisplay(output: output, name: label)
        } else {
            display = ProgressDisplay(output: output, name: tally.title, shortName: { tally.shortTitle })
        }
        do {
            try await display.showing { observer in try await send(items, run, tally, observer) }
        } catch is CancellationError {
            throw CommandFailure(interrupted: Self.hint(items, tally, isResumable: run.isResumable))
        }
    }

    private func send(
        _ items: [PutItem], _ run: PutRun, _ tally: PutTally,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        for number in items.indices where items[number].file == nil {
            try await putStream(items[number], number, tally, observer)
        }
        let numbers = items.indices.filter { items[$0].file != nil }
        let files = numbers.compactMap { items[$0].file }
        let filesObserver = PutObserver(
            onOutcome: { place, outcome in
                try await end(items[numbers[place]], numbers[place], outcome, tally)
                observer(tally.sum)
            },
            onProgress: { place, progress in
                tally.set(progress, of: numbers[place])
                observer(items.count == 1 ? progress : tally.sum)
            },
            onEvent: { place, event in
                await output.note(Self.text(event, items[numbers[place]].label))
            })
        try await run.run(files, parallel: command.parallel, filesObserver)
    }

    private func putStream(
        _ item: PutItem, _ number: Int, _ tally: PutTally,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        var options = command.options
        options.name = item.name
        options.type = options.type ?? MediaTypes.guess(fromName: item.name)
        do {
            let finished = try await client.put(item.source, options: options) { progress in
                tally.set(progress, of: number)
                observer(progress)
            }
            try await end(item, number, .sent(finished), tally)
        } catch let error as ClientError where CommandFailure(error).status != .temporary {
            try await end(item, number, .failed(error), tally)
        }
    }

    private func end(_ item: PutItem, _ number: Int, _ outcome: PutOutcome, _ tally: PutTally) async throws {
        switch outcome {
        case .sent(let finished):
            tally.ended(number, bytes: item.file == nil ? finished.size : item.size, \.sent)
            try await output.result(
                "\(finished.blob)  \(finished.sha256 ?? "-")  \(item.label)",
                PutResult(path: item.label, finished))
            await output.verbose("\(TerminalText.safe(item.label)): sent, \(HumanReadable.bytes(finished.size))")
        case .known(let blob, let sha256):
            tally.ended(number, bytes: item.size, \.known)
            try await output.result(
                "\(blob)  \(sha256)  \(item.label)",
                PutResult(path: item.label, blob: blob, sha256: sha256, size: item.size, name: item.name))
            await output.verbose("\(TerminalText.safe(item.label)): skipped, the server has it")
        case .copied(let finished, let sha256):
            tally.ended(number, bytes: item.size, \.copied)
            try await output.result(
                "\(finished.blob)  \(sha256)  \(item.label)",
                PutResult(
                    path: item.label, blob: finished.blob, sha256: sha256, size: finished.size, name: finished.name))
            await output.verbose("\(TerminalText.safe(item.label)): not sent, copied from the same bytes on the server")
        case .failed(let error):
            tally.ended(number, bytes: item.size, \.failed)
            try await report(CommandFailure(error), tally.filesTotal == 1 ? nil : item.label, tally)
        }
    }

    private func report(_ failure: CommandFailure, _ label: String?, _ tally: PutTally) async throws {
        try await failure.report(to: output, path: label)
        tally.failed(failure.status)
    }

    // MARK: - Without sending

    private func showPlan(_ walk: FileWalk, _ run: PutRun, _ tally: PutTally) async throws {
        let files = walk.items.compactMap(\.file)
        var plans = try await run.plans(for: files).makeIterator()
        for item in walk.items {
            var plan = PutRun.Plan.send
            if item.file != nil, let next = plans.next() { plan = next }
            try await output.result(
                "would \(plan.verb)  \(HumanReadable.bytes(item.size))  \(item.label)",
                PutPlanResult(
                    path: item.label, name: item.name, size: item.size, plan: plan.verb, blob: plan.blob))
        }
        let summary = PutSummary(
            counts: PutCounts(), passedOver: walk.passedOver, namesAll: output.detail == .verbose)
        for line in summary.lines.dropFirst() { await output.note(line) }
        if let status = tally.firstFailure { throw ExitCode(status.rawValue) }
    }
}

// MARK: - Texts

extension PutSession {
    static func text(_ event: PutEvent, _ label: String) -> String {
        let name = TerminalText.safe(label)
        return switch event {
        case .startedOver(let reason): "“\(name)”: \(reason) It is sent again from the beginning."
        case .shrunkChunks(let bytes):
            "“\(name)”: a proxy refused its chunks; they have \(HumanReadable.bytes(bytes)) from now on."
        case .changed: "“\(name)” changed while it was being uploaded; it is sent again from the beginning."
        }
    }

    /// The advice after Ctrl-C.
    static func hint(_ items: [PutItem], _ tally: PutTally, isResumable: Bool) -> String {
        guard let item = items.first, items.count == 1 else {
            return "The server has \(tally.counts.stored) of \(items.count) files. "
                + (isResumable
                    ? "Run the same command again to resume; what the server has is not sent again."
                    : "The next run sends them from the beginning.")
        }
        guard item.file != nil, isResumable else {
            return "Standard input cannot be resumed; the next run sends it from the beginning."
        }
        guard let progress = tally.onlyTransfer, let upload = progress.upload else {
            return "No byte of “\(TerminalText.safe(item.label))” was sent yet."
        }
        let done = HumanReadable.bytes(progress.doneBytes)
        let total = progress.totalBytes.map { " of \(HumanReadable.bytes($0))" } ?? ""
        let name = TerminalText.safe(item.label)
        return "The server has \(done)\(total) of “\(name)”. Run the same command again to resume, or "
            + "`wharf abort \(upload)` to abort it."
    }
}

/// The output of `put --json` for a file that is stored.
struct PutResult: Encodable, Sendable {
    let path: String
    /// Whether this command sent it, or an earlier one.
    let skipped: Bool
    let upload: String?
    let blob: String
    let size: UInt64
    let sha256: String?
    let name: String
    let type: String?
    let createdAt: WireTime?

    init(path: String, _ finished: FinishedDocument) {
        self.path = path
        skipped = false
        upload = finished.upload
        blob = finished.blob
        size = finished.size
        sha256 = finished.sha256
        name = finished.name
        type = finished.type
        createdAt = finished.createdAt
    }

    init(path: String, blob: String, sha256: String, size: UInt64, name: String) {
        self.path = path
        skipped = true
        self.blob = blob
        self.size = size
        self.sha256 = sha256
        self.name = name
        (upload, type, createdAt) = (nil, nil, nil)
    }
}

/// The output of `put --dry-run --json` for a file, or a photo with `--photos`.
struct PutPlanResult: Encodable, Sendable {
    let path: String
    let name: String
    let size: UInt64
    /// `send`, `skip` or `copy`.
    let plan: String
    /// The blob that the server has; absent for photos.
    let blob: String?
    /// With `--photos`: `memory`, `file`, or of which memory it would be a part.
    var role: String?
}

extension PutRun.Plan {
    var verb: String {
        switch self {
        case .send: "send"
        case .skip: "skip"
        case .copy: "copy"
        }
    }

    var blob: String? {
        switch self {
        case .send: nil
        case .skip(let blob), .copy(let blob): blob
        }
    }
}

/// The output of `put --json` for something that is not sent.
struct PassedOverResult: Encodable, Sendable {
    struct Entry: Encodable, Sendable {
        let path: String
        let reason: String
    }

    let passedOver: Entry

    init(_ passed: FileWalk.PassedOver) {
        passedOver = Entry(path: passed.label, reason: passed.reason.rawValue)
    }
}
