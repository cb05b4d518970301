internal import Testing

@testable internal import Datasets

/// Whole things go to one of several concepts.
@Suite("Deciding for whole things")
struct OverlapRuleTests {
    private static func map(_ height: Int, _ width: Int, _ value: (Int, Int) -> Float) -> ProbabilityMap {
        ProbabilityMap(
            height: height, width: width, values: (0..<height).flatMap { y in (0..<width).map { value(y, $0) } })
    }

    private static func decided(
        _ maps: [ProbabilityMap], presences: [Float]? = nil, threshold: Float = 0.5, separates: Bool = false
    ) -> ConceptDecision {
        var decision = ConceptDecision(height: maps[0].height, width: maps[0].width, overlap: .things)
        for (index, map) in maps.enumerated() {
            decision.add(map, threshold: threshold, presence: presences?[index] ?? 1)
        }
        decision.settle(InstanceFinder(separates: separates))
        return decision
    }

    @Test("An animal that two concepts claim in patches has one name, that of the larger sum")
    func patches() {
        // Sums a row: 6 * 0.8 + 4 * 0.6 = 7.2 and 6 * 0.5 + 4 * 0.7 = 5.8.
        let maps = [Self.map(4, 10) { $1 < 6 ? 0.8 : 0.6 }, Self.map(4, 10) { $1 < 6 ? 0.5 : 0.7 }]
        var pixels = ConceptDecision(height: 4, width: 10)
        maps.forEach { pixels.add($0, threshold: 0.5) }
        let before = pixels.owners
        pixels.settle(InstanceFinder())
        #expect(pixels.owners == before && Set(before.values) == [1, 2])
        let things = Self.decided(maps)
        #expect(Set(things.owners.values) == [1])
        #expect(things.best == maps[0])
        #expect(things.contested == 40)
    }

    @Test("What is clearly another's stays its own where it is large enough", arguments: [(3, UInt8(2)), (2, 1)])
    func occlusion(_ side: Int, _ owner: UInt8) {
        // A twentieth of 100 pixels is 5: nine are a thing, four are not.
        func isBefore(_ y: Int, _ x: Int) -> Bool { (4..<(4 + side)).contains(y) && (4..<(4 + side)).contains(x) }
        let cat = Self.map(10, 10) { isBefore($0, $1) ? 0.3 : 0.9 }
        let bird = Self.map(10, 10) { isBefore($0, $1) ? 0.9 : 0.1 }
        for maps in [[cat, bird], [bird, cat]] {
            let isFirst = maps[0] == cat
            let decision = Self.decided(maps)
            for y in 0..<10 {
                for x in 0..<10 {
                    let isCat = !isBefore(y, x) || owner == 1
                    #expect(decision.owners.values[y * 10 + x] == (isCat == isFirst ? 1 : 2))
                    #expect(decision.best.values[y * 10 + x] == (isCat ? cat : bird).values[y * 10 + x])
                }
            }
        }
    }

    @Test("A part is set apart by twice the other's score, by no less")
    func lead() {
        // The whole region goes to the first concept: 50 * 0.75 + 50 * 0.375 against 50 * 0.75, and 0.75 is twice 0.375.
        let other = Self.map(10, 10) { $1 < 5 ? 0 : 0.75 }
        for (value, owner) in [(Float(0.375), UInt8(2)), (0.376, 1)] {
            let decision = Self.decided([Self.map(10, 10) { $1 < 5 ? 0.75 : value }, other])
            #expect(decision.owners.values[9] == owner && decision.owners.values[0] == 1)
        }
    }

    @Test("A part that is another's is decided as a whole, too")
    func nested() {
        let maps = [
            Self.map(6, 12) { $1 < 8 ? 0.9 : 0.1 },
            Self.map(6, 12) { $1 < 8 ? 0 : $1 < 11 ? 0.8 : 0.6 },
            Self.map(6, 12) { $1 < 8 ? 0 : $1 < 11 ? 0.6 : 0.8 },
        ]
        let decision = Self.decided(maps)
        let row = [UInt8](repeating: 1, count: 8) + [UInt8](repeating: 2, count: 4)
        let whole = [[UInt8]](repeating: row, count: 6).flatMap { $0 }
        #expect(decision.owners.values == whole)
    }

    @Test("Three things of a half-hearted concept's region are three things")
    func halfHearted() {
        var maps = [Self.map(3, 9) { _, _ in 0.4 }]
        for number in 0..<3 { maps.append(Self.map(3, 9) { $1 / 3 == number ? 0.9 : 0 }) }
        let decision = Self.decided(maps, threshold: 0.3)
        let row: [UInt8] = [2, 2, 2, 3, 3, 3, 4, 4, 4]
        #expect(decision.owners.values == row + row + row)
    }

    @Test("Regions that do not touch are decided apart, and what nobody reached is nobody's")
    func apart() {
        let maps = [
            Self.map(3, 7) { $1 == 3 ? 0.4 : $1 < 3 ? 0.8 : 0.6 }, Self.map(3, 7) { $1 == 3 ? 0.4 : $1 < 3 ? 0.6 : 0.8 },
        ]
        let row: [UInt8] = [1, 1, 1, 0, 2, 2, 2]
        #expect(Self.decided(maps).owners.values == row + row + row)
    }

    @Test("Touching things are told apart first where instances are")
    func separated() {
        func isDisc(_ y: Int, _ x: Int, _ centre: Int) -> Bool { (y - 12) * (y - 12) + (x - centre) * (x - centre) <= 100 }
        func isThing(_ y: Int, _ x: Int) -> Bool { isDisc(y, x, 12) || isDisc(y, x, 30) }
        let maps = [
            Self.map(25, 43) { isThing($0, $1) ? $1 < 21 ? 0.8 : 0.6 : 0 },
            Self.map(25, 43) { isThing($0, $1) ? $1 < 21 ? 0.5 : 0.7 : 0 },
        ]
        let (joined, parted) = (Self.decided(maps), Self.decided(maps, separates: true))
        #expect(Set(joined.owners.values) == [0, 1])
        #expect(parted.owners.values[12 * 43 + 8] == 1 && parted.owners.values[12 * 43 + 34] == 2)
        #expect(parted.owners.values.map { $0 > 0 } == joined.owners.values.map { $0 > 0 })
    }

    @Test("Presence weighs, and a concept that is absent takes nothing")
    func presence() {
        let maps = [Self.map(2, 4) { _, _ in 0.9 }, Self.map(2, 4) { _, _ in 0.6 }]
        #expect(Set(Self.decided(maps, presences: [0.2, 0.8]).owners.values) == [2])
        var decision = ConceptDecision(height: 2, width: 4, overlap: .things)
        decision.add(maps[0], threshold: .infinity)
        decision.add(Self.map(2, 4) { y, x in y == 0 && x == 0 ? .nan : 0.6 }, threshold: 0.5)
        decision.settle(InstanceFinder())
        #expect(decision.owners.values == [0, 2, 2, 2, 2, 2, 2, 2])
    }

    @Test("Large photos are decided in cells, which give the same where cells are alike inside")
    func cells() {
        let maps = [
            Self.map(12, 20) { $1 < 12 ? 0.8 : 0.2 }, Self.map(12, 20) { $1 < 12 ? ($0 < 4 ? 0.9 : 0.3) : 0.7 },
            Self.map(12, 20) { $0 >= 10 && $1 >= 16 ? 0.75 : 0.1 },
        ]
        var coarse = ConceptDecision(height: 12, width: 20, grid: ClaimGrid(height: 12, width: 20, mostCells: 60))
        #expect(ClaimGrid(height: 12, width: 20, mostCells: 60).factor == 2)
        maps.forEach { coarse.add($0, threshold: 0.5) }
        coarse.settle(InstanceFinder())
        let fine = Self.decided(maps)
        #expect(coarse.owners == fine.owners && coarse.best == fine.best)
        #expect(Set(fine.owners.values) == [1, 2])
        #expect(ClaimGrid(height: 3, width: 5, mostCells: 4).cell(y: 2, x: 4) == 5)
    }
}
