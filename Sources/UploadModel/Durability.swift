/// The failures that an acknowledgement survives. Applies to a whole store: to its files and its catalogue.
public enum Durability: Hashable, Sendable {
    /// A crash of the process and a loss of power: bytes, catalogue commits and directory entries are synced before
    /// they are acknowledged. The default; group commit makes it cheap.
    case powerLoss
    /// A crash of the process only, at any moment (`kill -9`): nothing is synced before it is acknowledged. A loss of
    /// power may undo recent acknowledgements; the store still opens, and its check finds the missing bytes.
    case processCrash
}
