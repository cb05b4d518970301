/// How pixels that several concepts reached are given to one of them.
public enum OverlapRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every pixel to the concept with the highest score there: probability times presence.
    case pixels
    /// Whole things: every connected region of what was reached to the concept with the largest sum of scores on it, but for parts that
    /// are clearly another's.
    ///
    /// A part is a thing of its own where, on all of its pixels, some concept that reached them has at least ``lead`` times the score of
    /// the concept that the whole would go to, and where it is connected and has at least ``leastShare`` of the whole. It is decided the
    /// same way among the others. So an animal that two concepts claim in patches, both nearly as sure, has one name, and the animal
    /// before it, which the first concept hardly sees, keeps its own.
    ///
    /// With ``InstanceFinder/separates`` regions are told apart where they narrow first.
    case things

    /// How many times the other's score sets a part apart. Two: with the presence of both alike and a threshold of one half, what is beaten
    /// by that much did not reach the pixel itself.
    public static let lead: Float = 2
    /// The least share of a region that a part of its own has; smaller ones go with what is around them.
    public static let leastShare = 0.05
}
