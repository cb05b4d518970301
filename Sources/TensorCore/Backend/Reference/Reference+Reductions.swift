// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func reduce(_ op: ReduceOperation, _ x: TensorBuffer, axes: [Int], into out: TensorBuffer) {
        let kept = x.shape.keepingReduced(axes)
        let places = broadcastOffsets(kept, to: x.shape)
        let reduced = axes.reduce(1) { $0 * x.shape[$1] }
        if x.dtype.isFloatingPoint {
            out.store(reduceFloats(op, x.loadDoubles(), places, count: kept.elementCount, reduced: reduced))
        } else {
            out.store(reduceIntegers(op, x, places, count: kept.elementCount, reduced: reduced))
        }
    }

    private func reduceFloats(
        _ op: ReduceOperation, _ values: [Double], _ places: [Int], count: Int, reduced: Int
    ) -> [Double] {
        let start: Double =
            switch op {
            case .sum, .mean: 0
            case .product: 1
            case .maximum: -.infinity
            case .minimum: .infinity
            }
        var results = [Double](repeating: start, count: count)
        for (value, place) in zip(values, places) {
            switch op {
            case .sum, .mean: results[place] += value
            case .product: results[place] *= value
            case .maximum: results[place] = larger(value, results[place])
            case .minimum: results[place] = smaller(value, results[place])
            }
        }
        return op == .mean ? results.map { $0 / Double(reduced) } : results
    }

    private func reduceIntegers(
        _ op: ReduceOperation, _ x: TensorBuffer, _ places: [Int], count: Int, reduced: Int
    ) -> [Int64] {
        let bounds = x.dtype == .int32 ? Int64(Int32.min)...Int64(Int32.max) : Int64.min...Int64.max
        let start: Int64 =
            switch op {
            case .sum, .mean: 0
            case .product: 1
            case .maximum: bounds.lowerBound
            case .minimum: bounds.upperBound
            }
        var results = [Int64](repeating: start, count: count)
        for (value, place) in zip(x.loadIntegers(), places) {
            switch op {
            case .sum, .mean: results[place] &+= value
            case .product: results[place] &*= value
            case .maximum: results[place] = max(value, results[place])
            case .minimum: results[place] = min(value, results[place])
            }
        }
        return op == .mean && reduced > 0 ? results.map { $0 / Int64(reduced) } : results
    }

    public func argReduce(maximum: Bool, _ x: TensorBuffer, axis: Int, into out: TensorBuffer) {
        let view = AxisView(x.shape, axis: axis)
        if x.dtype.isFloatingPoint {
            out.store(winners(x.loadDoubles(), view) { maximum ? ranksBefore($0, $1) : ranksBefore(-$0, -$1) })
        } else {
            out.store(winners(x.loadIntegers(), view) { maximum ? $0 > $1 : $0 < $1 })
        }
    }

    private func winners<Value>(_ values: [Value], _ view: AxisView, beats: (Value, Value) -> Bool) -> [Int64] {
        var result: [Int64] = []
        for block in 0..<view.outer {
            for column in 0..<view.inner {
                var best = 0
                for row in 1..<max(view.extent, 1)
                where beats(values[view.index(block, row, column)], values[view.index(block, best, column)]) {
                    best = row
                }
                result.append(Int64(best))
            }
        }
        return result
    }

    public func cumulativeSum(_ x: TensorBuffer, axis: Int, reversed: Bool, into out: TensorBuffer) {
        let view = AxisView(x.shape, axis: axis)
        if x.dtype.isFloatingPoint {
            out.store(runningSum(x.loadDoubles(), view, reversed: reversed, add: +))
        } else {
            out.store(runningSum(x.loadIntegers(), view, reversed: reversed, add: &+))
        }
    }

    private func runningSum<Value>(
        _ values: [Value], _ view: AxisView, reversed: Bool, add: (Value, Value) -> Value
    ) -> [Value] {
        var sums = values
        guard view.extent > 1 else { return sums }
        for block in 0..<view.outer {
            for column in 0..<view.inner {
                for step in 1..<view.extent {
                    let row = reversed ? view.extent - 1 - step : step
                    let previous = view.index(block, reversed ? row + 1 : row - 1, column)
                    let current = view.index(block, row, column)
                    sums[current] = add(sums[previous], sums[current])
                }
            }
        }
        return sums
    }

    public func topK(_ x: TensorBuffer, values: TensorBuffer, indices: TensorBuffer) {
        let extent = x.shape[x.shape.rank - 1]
        let kept = values.shape[values.shape.rank - 1]
        let order: [Int]
        if x.dtype.isFloatingPoint {
            order = descendingOrder(x.loadDoubles(), extent: extent, kept: kept, ranksBefore)
        } else {
            order = descendingOrder(x.loadIntegers(), extent: extent, kept: kept, >)
        }
        let source = x.loadBits()
        for (place, index) in order.enumerated() { values.storeBits(source[index], at: place) }
        indices.store(order.map { Int64($0 % extent) })
    }

    private func descendingOrder<Value>(
        _ values: [Value], extent: Int, kept: Int, _ before: (Value, Value) -> Bool
    ) -> [Int] {
        guard extent > 0 else { return [] }
        var order: [Int] = []
        for start in stride(from: 0, to: values.count, by: extent) {
            // The standard sort is stable, so that ties keep the lower index first.
            let sorted = (start..<start + extent).sorted { before(values[$0], values[$1]) }
            order += sorted.prefix(kept)
        }
        return order
    }
}

/// Whether `a` stands before `b` in descending order; NaN counts as the largest number.
private func ranksBefore(_ a: Double, _ b: Double) -> Bool { a.isNaN ? !b.isNaN : a > b }
