import UploadCore

/// One figure of the engine beside that of its peer.
struct Row {
    let what: String
    let durability: Durability?
    /// What the machine does without the engine, or what the figure is held against.
    let peer: String
    let engine: String
    let ratio: Spread?
    let goal: Goal?

    enum Goal {
        case atLeast(Double)
        case atMost(Double)
        /// For what is no ratio.
        case fact(String, isMet: Bool)
    }

    init(
        _ what: String, _ durability: Durability?, peer: String = "", engine: String, ratio: Spread? = nil,
        goal: Goal? = nil
    ) {
        self.what = what
        self.durability = durability
        self.peer = peer
        self.engine = engine
        self.ratio = ratio
        self.goal = goal
    }

    static let header = """
        | what | durability | peer | engine | ratio (lowest–highest) | goal | |
        |---|---|---|---|---|---|---|
        """

    var markdown: String {
        let cells = [what, durability?.name ?? "", peer, engine, ratioText, goalText, verdict]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private var ratioText: String {
        guard let ratio else { return "" }
        return "\(short(ratio.median)) (\(short(ratio.low))–\(short(ratio.high)))"
    }

    private var goalText: String {
        switch goal {
        case .atLeast(let bound): "≥ \(short(bound))"
        case .atMost(let bound): "≤ \(short(bound))"
        case .fact(let text, _): text
        case nil: ""
        }
    }

    private var verdict: String {
        guard let goal else { return "" }
        let isMet =
            switch goal {
            case .atLeast(let bound): (ratio?.median ?? 0) >= bound
            case .atMost(let bound): (ratio?.median ?? .infinity) <= bound
            case .fact(_, let isMet): isMet
            }
        return isMet ? "met" : "**MISSED**"
    }
}
