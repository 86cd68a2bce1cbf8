# fails
true | false
