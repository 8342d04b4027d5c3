class Größe: ...


é: "Größe" = 1; ü: list[Größe]
