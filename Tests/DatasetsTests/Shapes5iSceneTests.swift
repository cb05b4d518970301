import Testing

@testable import Datasets

@Suite("Shapes-5i: what the scenes show")
struct Shapes5iSceneTests {
    @Test("No novel class appears in a training image, not even beside the object", arguments: 0..<4)
    func trainingHidesNovelClasses(fold: Int) {
        let shapes = Shapes5i(imagesPerClass: 12)
        let novel = Set(Shapes5i.novelClasses(ofFold: fold))
        var seen: Set<Int> = []
        for id in shapes.ids(split: .train, fold: fold) {
            let classes = shapes.classIDs(in: id)
            #expect(classes.contains(id.classID))
            #expect(classes.isDisjoint(with: novel), "\(id)")
            seen.formUnion(classes)
        }
        #expect(seen == Set(Shapes5i.baseClasses(ofFold: fold)))
    }

    @Test("Validation images show their class, and others beside it")
    func validationShowsItsClass() {
        let shapes = Shapes5i(imagesPerClass: 30)
        var beside: Set<Int> = []
        for id in shapes.ids(split: .validation, fold: 2) {
            let classes = shapes.classIDs(in: id)
            #expect(classes.contains(id.classID))
            beside.formUnion(classes)
        }
        #expect(beside.count > 15)
    }

    @Test("One to four objects an image, each number often")
    func objectCounts() {
        let shapes = Shapes5i(imagesPerClass: 20)
        let ids = shapes.ids(split: .train, fold: 1)
        var counts = [Int](repeating: 0, count: 5)
        for id in ids {
            let count = shapes.scene(id).objects.count
            #expect((1...4).contains(count))
            counts[min(count, 4)] += 1
        }
        for count in 1...4 {
            #expect(counts[count] > ids.count / 12, "\(counts)")
            #expect(counts[count] < ids.count / 2, "\(counts)")
        }
    }

    @Test("Objects cover one another, but none is hidden")
    func occlusion() {
        let shapes = Shapes5i(imageSize: 64)
        var overlapping = 0
        for index in 0..<40 {
            let id = Shapes5i.ID(fold: 0, split: .validation, class: 1 + index % 5, index: index)
            var whole = ShapeCanvas(size: 64)
            var alone: [Float] = []
            let scene = shapes.scene(id)
            for object in scene.objects {
                whole.paint(object, lighting: scene.lighting)
                var single = ShapeCanvas(size: 64)
                single.paint(object, lighting: scene.lighting)
                alone.append(single.coverage[0].reduce(0, +))
            }
            let visible = whole.coverage.map { $0.reduce(0, +) }
            for (seen, all) in zip(visible, alone) {
                #expect(seen > 0.45 * all)
                if seen < 0.97 * all { overlapping += 1 }
            }
        }
        #expect(overlapping >= 8)
    }

    @Test("An index, a class, a split, a fold and a seed each change the scene")
    func keys() {
        let reference = Shapes5i.ID(fold: 0, split: .train, class: 6, index: 0)
        let scene = Shapes5i().scene(reference)
        #expect(scene == Shapes5i(imageSize: 64).scene(reference))
        #expect(scene != Shapes5i(seed: 6).scene(reference))
        #expect(scene != Shapes5i().scene(.init(fold: 0, split: .train, class: 6, index: 1)))
        #expect(scene != Shapes5i().scene(.init(fold: 0, split: .train, class: 7, index: 0)))
        #expect(scene != Shapes5i().scene(.init(fold: 2, split: .train, class: 6, index: 0)))
        #expect(scene != Shapes5i().scene(.init(fold: 1, split: .validation, class: 6, index: 0)))
    }
}
