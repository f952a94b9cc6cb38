/// What an acknowledgement survives. One setting for a whole store: for its files and for its catalogue.
public enum Durability: Hashable, Sendable {
    /// The end of the process *and* of the machine's power: bytes are synced before they are acknowledged, catalogue
    /// commits are synced, and so are directory entries. The default; group commit makes it cheap.
    case powerLoss
    /// The end of the process at any moment (`kill -9`) only: nothing is synced before it is acknowledged, so that a
    /// power failure may take back what was. What is left afterwards is consistent.
    case processCrash
}
