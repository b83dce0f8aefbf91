"""A small shop that has nothing to do with sports."""

GAMES = """\
id,sport,kind,emoji,en,ar,fr,es,de
chess-board,chess,board,♟,Chess Board,لوح الشطرنج,Échiquier,Tablero de ajedrez,Schachbrett
chess-clock,chess,clock,⏰,Chess Clock,ساعة الشطرنج,Pendule d'échecs,Reloj de ajedrez,Schachuhr
chess-book,chess,book,📖,Chess Book,كتاب الشطرنج,Livre d'échecs,Libro de ajedrez,Schachbuch
go-board,go,board,⚫,Go Board,لوح غو,Plateau de go,Tablero de go,Go-Brett
go-stones,go,stones,⚪,Go Stones,أحجار غو,Pierres de go,Piedras de go,Go-Steine
go-book,go,book,📗,Go Book,كتاب غو,Livre de go,Libro de go,Go-Buch
"""
