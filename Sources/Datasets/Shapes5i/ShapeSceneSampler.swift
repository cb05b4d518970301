/// Draws scenes: how many objects, of which classes, where, and how they overlap.
struct ShapeSceneSampler {
    /// The classes that may appear at all.
    let allowed: [Int]
    /// The class that must appear.
    let classID: Int

    /// The scene that belongs to a list of keys.
    func scene(keys: [UInt64]) -> ShapeScene {
        var surroundings = ShapeRandom(keys: keys + [1])
        var layout = ShapeRandom(keys: keys + [2])
        let backdrop = ShapeBackdrop(random: &surroundings)
        let lighting = ShapeLighting(random: &surroundings)
        let twigs = surroundings.chance(0.25) ? 1 + surroundings.index(below: 2) : 0
        let foreground = (0..<twigs).map { _ in ShapeStroke(thickness: 0.005...0.012, random: &surroundings) }
        return ShapeScene(
            backdrop: backdrop, objects: objects(random: &layout), foreground: foreground, lighting: lighting,
            noiseKey: layout.next())
    }

    /// A scene with one large object near the middle.
    func portrait(keys: [UInt64]) -> ShapeScene {
        var layout = ShapeRandom(keys: keys + [3])
        var scene = scene(keys: keys)
        let centre = PlaneVector(layout.uniform(0.4, 0.6), layout.uniform(0.4, 0.6))
        let pose = ShapePose(centre: centre, radius: layout.uniform(0.24, 0.42), random: &layout)
        scene.objects = [ShapeObject(classID: classID, pose: pose, random: &layout)]
        return scene
    }

    private func objects(random: inout ShapeRandom) -> [ShapeObject] {
        let count = ShapeSceneSampler.count(at: random.unit())
        var placed: [ShapeObject] = []
        var overlap = ShapeOverlap()
        for number in 0..<count {
            let objectClass = number == 0 ? classID : companion(random: &random)
            for attempt in 0..<24 {
                let radius = ShapeSceneSampler.radius(count: count, random: &random) * (attempt < 12 ? 1 : 0.85)
                let centre = position(radius: radius, beside: placed, random: &random)
                let pose = ShapePose(centre: centre, radius: radius, random: &random)
                let candidate = ShapeObject(classID: objectClass, pose: pose, random: &random)
                let depth = random.index(below: placed.count + 1)
                if overlap.insert(candidate, at: depth) {
                    placed.insert(candidate, at: depth)
                    break
                }
            }
            if placed.isEmpty {
                let pose = ShapePose(centre: PlaneVector(0.5, 0.5), radius: 0.25, random: &random)
                let object = ShapeObject(classID: objectClass, pose: pose, random: &random)
                _ = overlap.insert(object, at: 0)
                placed = [object]
            }
        }
        return placed
    }

    /// A second or later object: sometimes another of the same class, often a look-alike that shares the shape or the
    /// texture, else anything.
    private func companion(random: inout ShapeRandom) -> Int {
        if random.chance(0.15) { return classID }
        let own = Shapes5i.compositions[classID - 1]
        let others = allowed.filter { $0 != classID }
        let alike = others.filter { other in
            let composition = Shapes5i.compositions[other - 1]
            return composition.shape == own.shape || composition.texture == own.texture
        }
        let pool = !alike.isEmpty && random.chance(0.45) ? alike : others
        return pool.isEmpty ? classID : pool[random.index(below: pool.count)]
    }

    /// Anywhere in the picture, or beside an object that is there already so that one covers a part of the other.
    private func position(radius: Float, beside placed: [ShapeObject], random: inout ShapeRandom) -> PlaneVector {
        let margin = radius * 0.75
        if !placed.isEmpty && random.chance(0.5) {
            let neighbour = placed[random.index(below: placed.count)].pose
            let reach = (neighbour.radius + radius) * random.uniform(0.6, 0.95)
            let beside = neighbour.centre + random.direction() * reach
            return PlaneVector(
                min(max(beside.x, margin), 1 - margin), min(max(beside.y, margin), 1 - margin))
        }
        return PlaneVector(random.uniform(margin, 1 - margin), random.uniform(margin, 1 - margin))
    }

    private static func count(at draw: Float) -> Int {
        switch draw {
        case ..<0.25: 1
        case ..<0.6: 2
        case ..<0.85: 3
        default: 4
        }
    }

    private static func radius(count: Int, random: inout ShapeRandom) -> Float {
        switch count {
        case 1: random.uniform(0.19, 0.36)
        case 2: random.uniform(0.17, 0.29)
        case 3: random.uniform(0.155, 0.25)
        default: random.uniform(0.145, 0.22)
        }
    }
}
