/// Sets of numbers that grow together: pixels, runs or parts that turn out to be one (union-find with halving of paths).
struct DisjointSets {
    private var parents: [Int]

    /// Numbers from 0, each a set of its own.
    init(count: Int = 0) { parents = Array(0..<count) }

    var count: Int { parents.count }

    /// The next number, a set of its own.
    @discardableResult
    mutating func append() -> Int {
        parents.append(parents.count)
        return parents.count - 1
    }

    /// The number that stands for a number's set.
    mutating func root(of number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[parents[number]]
            number = parents[number]
        }
        return number
    }

    /// Joins a root's set to another's, whose root stays one.
    mutating func join(_ root: Int, into kept: Int) { parents[root] = kept }
}
